import type { Transaction } from 'kysely';
import type { AnyAction } from '../action/action.ts';
import { isRepeatable, type Performed } from '../action/effect.ts';
import { DeadlineExceeded, type LatchkeyError, NotPerformed } from '../errors.ts';
import type { Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { sortThrown } from '../outcome/outcome.ts';
import { attempt } from '../perform/attempt.ts';
import { AttemptSignal } from '../perform/attempt-signal.ts';
import type { Clock } from '../perform/clock.ts';
import { effectContext } from '../perform/effect-context.ts';
import { reach } from '../perform/hooks.ts';
import type { Lease } from '../perform/leases.ts';
import { SendGate } from '../perform/send-gate.ts';
import type { Stop } from '../perform/stop.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import type { DeliveryWatch } from './delivery-watch.ts';
import { endingOf, putAside, succeeded, withinKeyWindow } from './ending-of.ts';
import type { KeepOutcome } from './kept-outcome.ts';
import { keepEvidence, recordEnding, recordLate } from './record-ending.ts';

/** A claim, from the monotonic moment before it was sent. */
export interface Held {
  readonly record: IntentRecord;
  readonly since: number;
  /** Aborts when the delivery should stop: the worker leaves, or the queue's own lock is lost. */
  readonly stop: Stop | undefined;
  /** Leaves an outcome with the delivery while the ledger can't be reached. */
  readonly keep: KeepOutcome | undefined;
  /** Asked before the effect starts; `null`: at once. */
  readonly mayPerform?: (() => Promise<void> | null) | undefined;
  /** Called once the effect is over and before its outcome is recorded. */
  readonly performed?: (() => void) | undefined;
  readonly watch: DeliveryWatch;
}

interface Running {
  readonly action: AnyAction;
  readonly held: Held;
  readonly lease: Lease;
  /** Monotonic time from which the deadline counts. */
  from: number;
}

/** Performs a claimed intent's effect under its lease, and records what came of it. */
export async function performClaimed(ports: DeliveryPorts, action: AnyAction, held: Held): Promise<Recorded> {
  const { record, watch } = held;
  if (record.unreadable) return wait(ports, action, held, record.unreadable);
  const lease = ports.leases.hold(record.id, record.token, action.leaseMs, held.since);
  const running = { action, held, lease, from: held.since };
  try {
    const permit = held.mayPerform?.() ?? null;
    if (permit !== null) {
      await permit;
      running.from = ports.clock.now();
    }
    let done: Recorded;
    if (action.effect.kind === 'transactional') done = await performInTransaction(ports, running);
    else {
      const { outcome, late } = await watch.during('effect', () => attemptEffect(ports, running, undefined));
      held.performed?.();
      await reach(ports.hook, 'performed', record.id);
      if (late !== null) void late.then((outcome) => recordLate(ports, action, record, outcome));
      const ending = endingOf(action, record, outcome);
      done = await watch.during('record', () => recordEnding(ports, record, ending, held.keep));
    }
    watch.ended(done);
    await reach(ports.hook, 'recorded', record.id);
    return done;
  } finally {
    lease.letGo();
  }
}

/** What can't be read is never performed: another worker may have the key, or get it. */
function wait(
  ports: DeliveryPorts,
  action: AnyAction,
  { record, keep }: Held,
  unreadable: LatchkeyError,
): Promise<Recorded> {
  const { code, message } = unreadable;
  ports.log.error(
    { intentId: record.id, attempt: record.token, code, reason: message },
    'the input can not be read',
  );
  return recordEnding(ports, record, putAside(action, record, unreadable), keep);
}

async function performInTransaction(ports: DeliveryPorts, running: Running): Promise<Recorded> {
  const { action, held } = running;
  const done = await ports.ledger.transact(held.record, action.deadlineMs, async (tx) => {
    const { outcome } = await held.watch.during('effect', () => attemptEffect(ports, running, tx));
    await reach(ports.hook, 'performed', held.record.id);
    if (outcome.kind !== 'performed') throw outcome.error;
    return succeeded(outcome.performed);
  });
  if (done.kind === 'stale') await keepEvidence(ports, held.record, done.record, { outcome: 'rolled_back' });
  if (done.kind !== 'threw') return done;
  return recordEnding(ports, held.record, endingOf(action, held.record, sortThrown(done.error)), held.keep);
}

function attemptEffect(ports: DeliveryPorts, running: Running, tx: Transaction<unknown> | undefined) {
  const { action, held, lease } = running;
  const { clock, log } = ports;
  const { record } = held;
  const stop = new AttemptSignal({ lease, delivery: held.stop, cutShort: mayBeCutShort(action) });
  const until = deadlineOf(clock, running);
  const gate = new SendGate(lease, stop, () => {
    if (clock.now() >= until) throw new DeadlineExceeded(action.deadlineMs);
  });
  const ctx = effectContext({ action, record, gate, stop, log, leftMs: until - clock.now() });
  const input: unknown = JSON.parse(record.input ?? 'null');
  const { effect } = action;
  const body = (): Promise<Performed> => {
    gate.check(); // the event loop may have been blocked since the claim
    assertKeyKnown(running);
    if (effect.kind !== 'transactional') return effect.perform(input, ctx);
    return effect.perform(input, Object.assign(ctx, { tx: tx as Transaction<unknown> }));
  };
  return attempt({ action, clock, until, abort: stop }, body);
}

/**
 * Monotonic time of an attempt's deadline. Where the effect didn't wait it counts from before the claim, so that it is
 * over here no later than by the ledger's clock; a transactional effect is fenced, and its time counts from the start of
 * its transaction.
 */
function deadlineOf(clock: Clock, { action, from }: Running): number {
  return (action.effect.kind === 'transactional' ? clock.now() : from) + action.deadlineMs;
}

/** Between the decision to send again and the claim the remote's key window may have come to its end. */
function assertKeyKnown({ action, held, from }: Running): void {
  if (action.effect.kind === 'idempotent' && !withinKeyWindow(action, held.record, from - held.since))
    throw new NotPerformed("nothing was sent again: the remote's key window is over");
}

/**
 * Whether an effect may be stopped in mid-request when only the delivery has to stop (the queue's lock is lost): yes
 * where it can be repeated safely. The others still hold their lease, so that finishing is better than a doubt.
 */
function mayBeCutShort(action: AnyAction): boolean {
  return isRepeatable(action.effect);
}

/**
 * Whether an intent may be claimed before it can be performed: yes where nothing but a lease is lost if its claimant dies
 * in between. One that shares an entity holds up others.
 */
export function mayBeClaimedAhead({ effect, entity }: AnyAction): boolean {
  return entity === null && isRepeatable(effect);
}
