import type { Transaction } from 'kysely';
import type { AnyAction } from '../action/action.ts';
import { isRepeatable, type Performed } from '../action/effect.ts';
import { DeadlineExceeded, type LatchkeyError, NotPerformed } from '../errors.ts';
import type { Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { sortThrown } from '../outcome/outcome.ts';
import { type Attempt, attempt } from '../perform/attempt.ts';
import { AttemptSignal } from '../perform/attempt-signal.ts';
import type { Clock } from '../perform/clock.ts';
import { effectContext } from '../perform/effect-context.ts';
import { reach } from '../perform/hooks.ts';
import type { Lease } from '../perform/leases.ts';
import { SendGate } from '../perform/send-gate.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { unwatched } from './delivery-watch.ts';
import { endingOf, putAside, succeeded, withinKeyWindow } from './ending-of.ts';
import { keepEvidence, recordEnding, recordLate } from './record-ending.ts';

/** What a delivery has to do with the attempt that it makes. */
export type Attempting = Pick<Delivery, 'action' | 'stop' | 'keep' | 'mayPerform' | 'performed' | 'watch'>;

interface Running {
  readonly delivery: Attempting;
  readonly record: IntentRecord;
  /** Monotonic time before the claim was sent. */
  readonly since: number;
  readonly lease: Lease;
  /** Monotonic time from which the deadline counts. */
  from: number;
}

/**
 * Performs a claimed intent's effect under its lease, and records what came of it.
 *
 * @param since monotonic time before the claim was sent
 */
export async function performClaimed(
  ports: DeliveryPorts,
  delivery: Attempting,
  record: IntentRecord,
  since: number,
): Promise<Recorded> {
  const { hook } = ports;
  if (hook !== undefined) await reach(hook, 'claimed', record.id);
  if (record.unreadable) return wait(ports, delivery, record, record.unreadable);
  const { action, watch = unwatched } = delivery;
  const lease = ports.leases.hold(record.id, record.token, action.leaseMs, since);
  const running = { delivery, record, since, lease, from: since };
  try {
    const permit = delivery.mayPerform?.(record) ?? null;
    if (permit !== null) {
      await permit;
      running.from = ports.clock.now();
    }
    let done: Recorded;
    if (action.effect.kind === 'transactional') done = await performInTransaction(ports, running);
    else {
      const made = await watch.during('effect', () => attemptEffect(ports, running, undefined));
      delivery.performed?.();
      if (hook !== undefined) await reach(hook, 'performed', record.id);
      done = await watch.during('record', () => recordAttempt(ports, running, made));
    }
    watch.ended(done);
    sayEnding(ports, done);
    if (hook !== undefined) await reach(hook, 'recorded', record.id);
    return done;
  } finally {
    lease.letGo();
  }
}

/** What can't be read is never performed: another worker may have the key, or get it. */
function wait(
  ports: DeliveryPorts,
  delivery: Attempting,
  record: IntentRecord,
  unreadable: LatchkeyError,
): Promise<Recorded> {
  const { code, message } = unreadable;
  const told = { intentId: record.id, attempt: record.token, code, reason: message };
  ports.log.error(told, 'the input can not be read');
  return recordEnding(ports, record, putAside(delivery.action, record, unreadable), delivery);
}

/** What is said of an attempt that did not succeed; its error's words, which may quote a secret, are in the story. */
const SAID = {
  pending: 'surely not performed; tried again',
  in_doubt: 'in doubt: the effect may have happened',
  failed: 'failed: surely no effect',
} as const;

/** A worker whose effects all fail must not look like one that has nothing to do. */
function sayEnding({ log }: DeliveryPorts, { kind, record }: Recorded): void {
  const { id, token, state, error, dueInMs } = record;
  if (kind === 'stale' || !(state in SAID)) return; // a stale one is said already
  const again = dueInMs === null ? {} : { inMs: Math.round(dueInMs) };
  log.warn({ intentId: id, attempt: token, code: error?.code, ...again }, SAID[state as keyof typeof SAID]);
}

function recordAttempt(
  ports: DeliveryPorts,
  { delivery, record }: Running,
  { outcome, late }: Attempt,
): Promise<Recorded> {
  const { action } = delivery;
  if (late !== null) void late.then((outcome) => recordLate(ports, action, record, outcome));
  return recordEnding(ports, record, endingOf(action, record, outcome), delivery);
}

async function performInTransaction(ports: DeliveryPorts, running: Running): Promise<Recorded> {
  const { delivery, record } = running;
  const { action, watch = unwatched } = delivery;
  const done = await ports.ledger.transact(record, action.deadlineMs, async (tx) => {
    const { outcome } = await watch.during('effect', () => attemptEffect(ports, running, tx));
    await reach(ports.hook, 'performed', record.id);
    if (outcome.kind !== 'performed') throw outcome.error;
    return succeeded(outcome.performed);
  });
  if (done.kind === 'stale') await keepEvidence(ports, record, done.record, { outcome: 'rolled_back' });
  if (done.kind !== 'threw') return done;
  return recordEnding(ports, record, endingOf(action, record, sortThrown(done.error)), delivery);
}

function attemptEffect(ports: DeliveryPorts, running: Running, tx: Transaction<unknown> | undefined) {
  const { delivery, record, lease } = running;
  const { action } = delivery;
  const { clock, log } = ports;
  const stop = new AttemptSignal({ lease, delivery: delivery.stop, cutShort: mayBeCutShort(action) });
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
function deadlineOf(clock: Clock, { delivery: { action }, from }: Running): number {
  return (action.effect.kind === 'transactional' ? clock.now() : from) + action.deadlineMs;
}

/** Between the decision to send again and the claim the remote's key window may have come to its end. */
function assertKeyKnown({ delivery: { action }, record, from, since }: Running): void {
  if (action.effect.kind === 'idempotent' && !withinKeyWindow(action, record, from - since))
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
