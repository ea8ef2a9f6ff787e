import type { AnyAction } from '../action/action.ts';
import { LatchkeyError, messageOf } from '../errors.ts';
import type { Ending, Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { bareError } from '../outcome/bare-error.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { unkeptResult } from '../outcome/serialise-result.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { endingOf } from './ending-of.ts';
import type { KeepOutcome } from './kept-outcome.ts';

/** How long a record may take before its outcome is left with the delivery too, in milliseconds. */
const KEEP_AFTER_MS = 1_000;

/**
 * Records an ending, for as long as it takes; one that comes too late changes nothing and is kept as evidence.
 *
 * While the ledger can't be reached, the outcome is left with the delivery, in case this process dies before.
 */
export async function recordEnding(
  ports: DeliveryPorts,
  held: IntentRecord,
  ending: Ending,
  keep?: KeepOutcome,
): Promise<Recorded> {
  const callOff = keep === undefined ? undefined : keepLater(ports, held, ending, keep);
  try {
    const recorded = await ports.ledger
      .record(held, ending)
      .catch((error: unknown) => recordWithoutContent(ports, held, ending, error));
    if (recorded.kind === 'stale') {
      await keepEvidence(ports, held, recorded.record, {
        outcome: ending.state,
        ...(ending.state === 'succeeded' ? { externalId: ending.externalId } : { error: ending.error }),
      });
    }
    return recorded;
  } finally {
    callOff?.();
  }
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
function recordWithoutContent(
  ports: DeliveryPorts,
  held: IntentRecord,
  ending: Ending,
  error: unknown,
): Promise<Recorded> {
  if (ending.state !== 'succeeded' || error instanceof LatchkeyError) throw error;
  ports.log.error(
    { intentId: held.id, attempt: held.token, err: bareError(error) },
    'the result can not be kept',
  );
  const result = unkeptResult(messageOf(error));
  return ports.ledger.record(held, { state: 'succeeded', result, externalId: null, externalUrl: null });
}

function keepLater(ports: DeliveryPorts, held: IntentRecord, ending: Ending, keep: KeepOutcome): () => void {
  return ports.clock.after(KEEP_AFTER_MS, () => {
    keep({ token: held.token, ending: ports.seal?.(held, ending) ?? ending }).then(
      () => ports.log.warn({ intentId: held.id, attempt: held.token }, 'outcome left with the job'),
      (error: unknown) =>
        ports.log.warn({ intentId: held.id, err: bareError(error) }, 'outcome not left with the job'),
    );
  });
}
