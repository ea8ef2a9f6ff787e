import type { AnyAction } from '../action/action.ts';
import { IntentConflict, IntentUnknown, type LatchkeyError } from '../errors.ts';
import type { Claimed, ClaimWish, Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { reach } from '../perform/hooks.ts';
import { isFinal } from '../states.ts';
import { answerOf } from './answer-of.ts';
import { conflictOf, driftFields } from './conflict-of.ts';
import { type Delivery, idOf } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { type ClaimedHow, unwatched } from './delivery-watch.ts';
import type { Disposition } from './disposition.ts';
import { recordKept } from './kept-outcome.ts';
import { type NextStep, nextStep } from './next-step.ts';
import { performClaimed } from './perform-claimed.ts';
import { reconcile } from './reconcile.ts';

/** Steps of one delivery at most; each follows a change by somebody else, so that more would mean a live-lock. */
const MAX_STEPS = 8;

/**
 * Takes one delivery along the path: claim → perform → record → answer; or answers what is recorded, waits for who
 * holds it, takes over from who fell silent, or asks the remote, as the effect's kind allows.
 *
 * Hundreds of deliveries wait for the ledger at once, and V8's collector copies all that they hold. An async function
 * holds three times as much as a callback, so that the steps of every job are chained by `then`.
 *
 * @throws only for faults of the ledger itself (closed, wrong schema); the delivery may then be repeated.
 */
export function deliver(ports: DeliveryPorts, delivery: Delivery): Promise<Disposition> {
  if (ports.hook === undefined && !delivery.kept) return begin(ports, delivery, false);
  return arrive(ports, delivery).then((ended) => begin(ports, delivery, ended));
}

/** Records what an earlier delivery left; answers whether that finished the intent. */
async function arrive(ports: DeliveryPorts, delivery: Delivery): Promise<boolean> {
  const id = idOf(delivery);
  await reach(ports.hook, 'delivered', id);
  return delivery.kept ? recordKept(ports, id, delivery.kept) : false;
}

function begin(ports: DeliveryPorts, delivery: Delivery, ended: boolean): Promise<Disposition> {
  const since = ports.clock.now();
  return firstClaim(ports, delivery).then((claimed) =>
    goOn(ports, delivery, seen(ports, delivery, { claimed, since, ended }, 'claim'), MAX_STEPS),
  );
}

/** From what a step found to the end of the delivery, in so many steps at most. */
function goOn(
  ports: DeliveryPorts,
  delivery: Delivery,
  { claimed, since, ended }: Found,
  steps: number,
): Disposition | Promise<Disposition> {
  if (claimed.kind === 'missing') return refused(new IntentUnknown(idOf(delivery)));
  const { record } = claimed;
  const conflict = contradiction(delivery, record);
  if (claimed.kind === 'claimed') {
    return performClaimed(ports, delivery, record, since).then((recorded) =>
      disposedOf(ports, delivery, recorded, conflict),
    );
  }
  if (conflict !== null) return refused(conflict);
  if (steps === 0) return { kind: 'later', inMs: 100, why: 'claimed elsewhere' };
  const next = proceed(ports, delivery, record);
  if (next === null) return disposed(ports, delivery, record, { replayed: true, ended });
  return next.then((found) => goOn(ports, delivery, found, steps - 1));
}

/** A contradicting delivery that happened to claim has performed the first input all the same: nobody else would have soon. */
function disposedOf(
  ports: DeliveryPorts,
  delivery: Delivery,
  { kind, record }: Recorded,
  conflict: IntentConflict | null,
): Disposition | Promise<Disposition> {
  const stale = kind === 'stale';
  const disposition = disposed(ports, delivery, record, { replayed: stale, ended: !stale });
  if (conflict === null) return disposition;
  return Promise.resolve(disposition).then((own) => refused(conflict, 'ended' in own && own.ended));
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
function seen(
  { clock }: DeliveryPorts,
  { watch = unwatched }: Delivery,
  found: Found,
  how: ClaimedHow,
): Found {
  const { claimed, since } = found;
  if (claimed.kind !== 'missing')
    watch.found(claimed.record, claimed.kind === 'claimed' ? how : null, clock.now() - since);
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

/** One step about a record that could not be claimed, and what was found after it; `null` where none is to be made. */
function proceed(ports: DeliveryPorts, delivery: Delivery, record: IntentRecord): Promise<Found> | null {
  const step = nextStep(delivery.action, record);
  return step.kind === 'answer' || step.kind === 'wait' ? null : take(ports, delivery, record, step);
}

async function take(
  ports: DeliveryPorts,
  delivery: Delivery,
  record: IntentRecord,
  step: Exclude<NextStep, { kind: 'answer' | 'wait' }>,
): Promise<Found> {
  const { action, watch = unwatched } = delivery;
  const since = ports.clock.now();
  switch (step.kind) {
    case 'claim': {
      const claimed = await ports.ledger.claim(wishFor(ports, action, record.id));
      return seen(ports, delivery, { claimed, since, ended: false }, 'claim');
    }
    case 'take-over': {
      const claimed = await ports.ledger.takeOver(wishFor(ports, action, record.id), record.token);
      return seen(ports, delivery, { claimed, since, ended: false }, 'take-over');
    }
    case 'expire-lease':
      return asFound(delivery, since, await ports.ledger.expireLease(record.id, record.token, step.ending));
    case 'decide': {
      const decision = { by: 'latchkey', reason: step.reason };
      return asFound(delivery, since, await ports.ledger.decide(record.id, step.verdict, decision));
    }
    case 'reconcile':
      return asFound(delivery, since, await watch.during('question', () => reconcile(ports, action, record)));
  }
}

function asFound({ watch = unwatched }: Delivery, since: number, recorded: Recorded): Found {
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

function keyOf({ intent }: Delivery): { key?: string } {
  return 'id' in intent ? {} : { key: intent.submission.key };
}

function driftOf({ action, intent }: Delivery, record: IntentRecord): string[] {
  if ('id' in intent || !isFinal(record.state)) return [];
  return driftFields(action, record, intent.submission.input);
}
