import type { AnyAction } from '../action/action.ts';
import { LatchkeyError, messageOf } from '../errors.ts';
import type { Ending, Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { bareError } from '../outcome/bare-error.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { unkeptResult } from '../outcome/serialise-result.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { endingOf } from './ending-of.ts';

/**
 * Records an ending, for as long as it takes; one that comes too late changes nothing and is kept as evidence.
 *
 * While the ledger can't be reached, the outcome is left with the delivery, in case this process dies before.
 */
export function recordEnding(
  ports: DeliveryPorts,
  held: IntentRecord,
  ending: Ending,
  delivery?: Pick<Delivery, 'keep'>,
): Promise<Recorded> {
  const { overdue } = ports;
  const leave = delivery?.keep && (() => leaveOutcome(ports, held, ending, delivery));
  const recording = ports.ledger.record(held, ending);
  if (leave) overdue.add(leave);
  return recording.then(
    (recorded) => {
      if (leave) overdue.delete(leave);
      return recorded.kind === 'stale' ? withEvidence(ports, held, ending, recorded) : recorded;
    },
    (error: unknown) =>
      recordWithoutContent(ports, held, ending, error).finally(() => leave && overdue.delete(leave)),
  );
}

async function withEvidence(
  ports: DeliveryPorts,
  held: IntentRecord,
  ending: Ending,
  stale: Recorded,
): Promise<Recorded> {
  await keepEvidence(ports, held, stale.record, {
    outcome: ending.state,
    ...(ending.state === 'succeeded' ? { externalId: ending.externalId } : { error: ending.error }),
  });
  return stale;
}

/** An effect that missed its deadline ended after all: if its token is current, it settles its own doubt. */
export async function recordLate(
  ports: DeliveryPorts,
  action: AnyAction,
  held: IntentRecord,
  outcome: Outcome,
): Promise<void> {
  if (outcome.kind === 'ambiguous') return; // no news: the missed deadline says more than that it was called off
  try {
    await recordEnding(ports, held, endingOf(action, held, outcome));
  } catch (error) {
    ports.log.warn(
      { intentId: held.id, attempt: held.token, err: bareError(error) },
      'late outcome not recorded',
    );
  }
}

/** Keeps in the story what a holder came to who had been taken over, or whose doubt was settled. */
export async function keepEvidence(
  ports: DeliveryPorts,
  held: IntentRecord,
  current: IntentRecord,
  outcome: { readonly outcome: Ending['state'] | 'rolled_back' } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const detail = { ...outcome, state: current.state, currentAttempt: current.token };
  // the story keeps all of it; a log gets no words of the remote's, which may quote a secret
  const { state, currentAttempt } = detail;
  ports.log.warn(
    { intentId: held.id, attempt: held.token, outcome: outcome.outcome, state, currentAttempt },
    'a stale outcome changed nothing',
  );
  const actor = held.claimant ?? 'unknown';
  await ports.ledger.note(held.id, { event: 'stale_outcome', attempt: held.token, actor, detail });
}

/** A success that the ledger refuses for its content is recorded without it: the effect has happened. */
async function recordWithoutContent(
  ports: DeliveryPorts,
  held: IntentRecord,
  ending: Ending,
  error: unknown,
): Promise<Recorded> {
  if (ending.state !== 'succeeded' || error instanceof LatchkeyError) throw error;
  const told = { intentId: held.id, attempt: held.token, err: bareError(error) };
  ports.log.error(told, 'the result can not be kept');
  const result = unkeptResult(messageOf(error));
  const without: Ending = { state: 'succeeded', result, externalId: null, externalUrl: null };
  const recorded = await ports.ledger.record(held, without);
  return recorded.kind === 'stale' ? withEvidence(ports, held, ending, recorded) : recorded;
}

function leaveOutcome(
  { log, seal }: DeliveryPorts,
  held: IntentRecord,
  ending: Ending,
  delivery: Pick<Delivery, 'keep'>,
): void {
  delivery.keep?.({ token: held.token, ending: seal?.(held, ending) ?? ending }).then(
    () => log.warn({ intentId: held.id, attempt: held.token }, 'outcome left with the job'),
    (error: unknown) =>
      log.warn({ intentId: held.id, err: bareError(error) }, 'outcome not left with the job'),
  );
}
