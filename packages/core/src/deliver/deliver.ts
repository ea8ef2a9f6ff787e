import type { AnyAction } from '../action/action.ts';
import { IntentConflict, IntentUnknown, type LatchkeyError } from '../errors.ts';
import { conflictBetween, driftBetween } from '../intent/drift.ts';
import type { Claimed, ClaimWish, Recorded, Submission } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { reach } from '../perform/hooks.ts';
import type { Stop } from '../perform/stop.ts';
import { isFinal } from '../states.ts';
import { answerOf } from './answer-of.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { type ClaimedHow, type DeliveryWatch, unwatched } from './delivery-watch.ts';
import type { Disposition } from './disposition.ts';
import { type KeepOutcome, type KeptOutcome, recordKept } from './kept-outcome.ts';
import { nextStep } from './next-step.ts';
import { performClaimed } from './perform-claimed.ts';
import { reconcile } from './reconcile.ts';

/** One delivery of an intent: by its id, or by a whole submission that may be the first of its intent. */
export interface Delivery {
  readonly action: AnyAction;
  readonly intent: { readonly id: string } | { readonly submission: Submission };
  /** Aborts when the delivery should stop: the worker leaves, or the queue's own lock is lost. */
  readonly stop?: Stop | undefined;
  /** Whether the same job was delivered before, so that its intent should be in the ledger; default `false`. */
  readonly redelivered?: boolean;
  /** Leaves an outcome with the job while the ledger can't be reached; default: nothing is left. */
  readonly keep?: KeepOutcome;
  /** What an earlier delivery of the same job left. */
  readonly kept?: KeptOutcome | null;
  /**
   * Asked once the intent is claimed, before its effect starts: the lease is renewed while the effect waits, and its deadline
   * counts from the end of the wait. `null`: at once, which is the default.
   */
  readonly mayPerform?: (() => Promise<void> | null) | undefined;
  /** Called once the effect is over and before its outcome is recorded, by an effect that isn't part of the record. */
  readonly performed?: (() => void) | undefined;
  /** Told of what happens, for traces and metrics; default: nobody. */
  readonly watch?: DeliveryWatch;
}

/** Steps of one delivery at most; each follows a change by somebody else, so that more would mean a live-lock. */
const MAX_STEPS = 8;

/**
 * Takes one delivery along the path: claim → perform → record → answer; or answers what is recorded, waits for who
 * holds it, takes over from who fell silent, or asks the remote, as the effect's kind allows.
 *
 * @throws only for faults of the ledger itself (closed, wrong schema); the delivery may then be repeated.
 */
export async function deliver(ports: DeliveryPorts, delivery: Delivery): Promise<Disposition> {
  const id = 'id' in delivery.intent ? delivery.intent.id : delivery.intent.submission.id;
  const { hook, clock } = ports;
  const { watch = unwatched } = delivery;
  await reach(hook, 'delivered', id);
  const ended = delivery.kept ? await recordKept(ports, id, delivery.kept) : false;
  const since = clock.now();
  let found = seen(ports, watch, { claimed: await firstClaim(ports, delivery), since, ended }, 'claim');
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { claimed } = found;
    if (claimed.kind === 'missing') return refused(new IntentUnknown(id));
    const conflict = contradiction(delivery, claimed.record);
    if (claimed.kind === 'claimed') {
      // a contradicting delivery that happened to claim performs the first input all the same: nobody else will soon
      await reach(hook, 'claimed', claimed.record.id);
      const { stop, keep, mayPerform, performed } = delivery;
      const held = { record: claimed.record, since: found.since, stop, keep, mayPerform, performed, watch };
      const { kind, record } = await performClaimed(ports, delivery.action, held);
      const stale = kind === 'stale';
      const disposition = await disposed(ports, delivery, record, { replayed: stale, ended: !stale });
      return conflict === null ? disposition : refused(conflict, 'ended' in disposition && disposition.ended);
    }
    if (conflict !== null) return refused(conflict);
    const next = await proceed(ports, delivery, claimed.record);
    if (next === null)
      return disposed(ports, delivery, claimed.record, { replayed: true, ended: found.ended });
    found = next;
  }
  return { kind: 'later', inMs: 100, why: 'claimed elsewhere' };
}

function refused(error: LatchkeyError, ended = false): Disposition {
  return { kind: 'refused', error, ended };
}

/** What a step found: `since` when it was asked for, `ended` whether this delivery has finished the intent. */
interface Found {
  readonly claimed: Claimed;
  readonly since: number;
  readonly ended: boolean;
}

function firstClaim(ports: DeliveryPorts, { action, intent, redelivered }: Delivery): Promise<Claimed> {
  if ('id' in intent) return ports.ledger.claim(wishFor(ports, action, intent.id));
  const { submission } = intent;
  return ports.ledger.admit(submission, wishFor(ports, action, submission.id)).then((claimed) => {
    if (claimed.kind !== 'missing' && claimed.created)
      ports.keyWatch?.created(action, submission, redelivered);
    return claimed;
  });
}

/** Tells the watch what a wish to claim found. */
function seen(ports: DeliveryPorts, watch: DeliveryWatch, found: Found, how: ClaimedHow): Found {
  const { claimed, since } = found;
  if (claimed.kind !== 'missing')
    watch.found(claimed.record, claimed.kind === 'claimed' ? how : null, ports.clock.now() - since);
  return found;
}

function wishFor(ports: DeliveryPorts, action: AnyAction, id: string): ClaimWish {
  const { name, effect, leaseMs, entity } = action;
  const shared = entity !== null;
  return { id, action: name, claimant: ports.newClaimant(), kind: effect.kind, leaseMs, shared };
}

/** A delivery that names an intent of another action would have it performed by the wrong effect. */
function contradiction({ action, intent }: Delivery, record: IntentRecord): IntentConflict | null {
  if (record.action !== action.name) return new IntentConflict(record.id, record.key, ['its action']);
  return 'id' in intent ? null : conflictOf(action, record, intent.submission);
}

/** One step about a record that could not be claimed: what was found after it; `null` where none is to be made. */
async function proceed(
  ports: DeliveryPorts,
  { action, watch = unwatched }: Delivery,
  record: IntentRecord,
): Promise<Found | null> {
  const step = nextStep(action, record);
  const since = ports.clock.now();
  switch (step.kind) {
    case 'answer':
    case 'wait':
      return null;
    case 'claim': {
      const claimed = await ports.ledger.claim(wishFor(ports, action, record.id));
      return seen(ports, watch, { claimed, since, ended: false }, 'claim');
    }
    case 'take-over': {
      const claimed = await ports.ledger.takeOver(wishFor(ports, action, record.id), record.token);
      return seen(ports, watch, { claimed, since, ended: false }, 'take-over');
    }
    case 'expire-lease':
      return asFound(watch, since, await ports.ledger.expireLease(record.id, record.token, step.ending));
    case 'decide': {
      const decision = { by: 'latchkey', reason: step.reason };
      return asFound(watch, since, await ports.ledger.decide(record.id, step.verdict, decision));
    }
    case 'reconcile':
      return asFound(watch, since, await watch.during('question', () => reconcile(ports, action, record)));
  }
}

function asFound(watch: DeliveryWatch, since: number, recorded: Recorded): Found {
  watch.ended(recorded);
  const claimed: Claimed = { kind: 'found', record: recorded.record };
  return { claimed, since, ended: recorded.kind === 'recorded' };
}

function disposed(
  ports: DeliveryPorts,
  delivery: Delivery,
  record: IntentRecord,
  { replayed, ended }: { replayed: boolean; ended: boolean },
): Disposition | Promise<Disposition> {
  const step = nextStep(delivery.action, record);
  if (step.kind === 'wait') return { kind: 'later', inMs: step.inMs, why: step.why };
  if (step.kind !== 'answer')
    return { kind: 'later', inMs: 0, why: record.state === 'pending' ? 'retry' : 'settling' };
  const drift = driftOf(delivery, record);
  const answer = answerOf(record, { replayed, drift, ...keyOf(delivery) });
  const disposition = { kind: 'answer', answer, ended: ended && isFinal(record.state) } as const;
  return drift.length === 0 ? disposition : noted(ports, delivery, record, drift).then(() => disposition);
}

/** Keeps in the story that a later submission said something else in a free field. */
function noted(
  { ledger }: DeliveryPorts,
  { intent }: Delivery,
  { id, token }: IntentRecord,
  fields: readonly string[],
): Promise<void> {
  const actor = 'submission' in intent ? intent.submission.submittedBy : 'unknown';
  return ledger.note(id, { event: 'drifted', attempt: token, actor, detail: { fields } });
}

/**
 * A submission whose fields contradict the intent that exists; `null` where they agree, and past the replay window, when
 * only the key is left to compare.
 *
 * Equal fingerprints agree. Unequal ones need not disagree: the action's free fields may have changed since, or the
 * Unicode form of a text; so the stored input has the last word.
 */
export function conflictOf(
  action: AnyAction,
  record: IntentRecord,
  submission: Pick<Submission, 'fingerprint' | 'input'>,
): IntentConflict | null {
  if (record.purged || record.fingerprint === submission.fingerprint) return null;
  const fields = conflictFields(action, record, submission.input);
  return fields.length === 0 ? null : new IntentConflict(record.id, record.key, fields);
}

/** Names the fields in which a submission contradicts the intent that exists. */
export function conflictFields(action: AnyAction, record: IntentRecord, laterText: string): string[] {
  if (record.input === null) return [];
  // nothing is known to agree, so nothing is taken for the same
  if (record.unreadable) return ['its input, which is encrypted under a key that is missing here'];
  return conflictBetween(JSON.parse(record.input), JSON.parse(laterText), action.free);
}

/** Names the free fields in which a submission differs from the first one. */
export function driftFields(action: AnyAction, record: IntentRecord, laterText: string): string[] {
  if (action.free.length === 0 || record.input === null || record.unreadable || record.input === laterText)
    return [];
  return driftBetween(JSON.parse(record.input), JSON.parse(laterText), action.free);
}

function keyOf({ intent }: Delivery): { key?: string } {
  return 'id' in intent ? {} : { key: intent.submission.key };
}

function driftOf({ action, intent }: Delivery, record: IntentRecord): string[] {
  if ('id' in intent || !isFinal(record.state)) return [];
  return driftFields(action, record, intent.submission.input);
}
