import type { AnyAction } from '../action/action.ts';
import type { Reconciled } from '../action/effect.ts';
import type { StoredError } from '../errors.ts';
import type { Ending, Recorded } from '../ledger/ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { effectContext } from '../perform/effect-context.ts';
import { SendGate } from '../perform/send-gate.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { hideStored, storedError, succeeded } from './ending-of.ts';

/** Longest pause between two questions about one doubt, in milliseconds. */
const MAX_ASK_PAUSE_MS = 3_600_000;
/** Shortest pause, in milliseconds, whatever the quiet period is. */
const MIN_ASK_PAUSE_MS = 1_000;

/**
 * Asks the remote whether a doubtful effect happened, and settles the doubt if it says so.
 *
 * "Absent" proves little: a paused sender can still act after it was said. So it holds the doubt and asks again
 * later, unless the action opted into `whenAbsent: 'perform'` and has retries left.
 */
export async function reconcile(
  ports: DeliveryPorts,
  action: AnyAction,
  record: IntentRecord,
): Promise<Recorded> {
  const found = await ask(ports, action, record);
  const ending = endingOfQuestion(action, record, found);
  const said = reasonOf(found);
  const reason = record.unreadable ? said : hideStored(action, record.input, said);
  return ports.ledger.settle(record.id, record.token, ending, { by: 'reconcile', reason });
}

async function ask(
  ports: DeliveryPorts,
  action: AnyAction,
  record: IntentRecord,
): Promise<Reconciled | { found: 'failed'; error: StoredError }> {
  if (action.effect.kind !== 'reconcilable')
    return { found: 'unsure', why: `the action is ${action.effect.kind} now` };
  const { unreadable } = record;
  if (unreadable) return { found: 'failed', error: { code: unreadable.code, message: unreadable.message } };
  const abort = new AbortController();
  let callOff: () => void = () => undefined;
  const tooLong = new Promise<never>((_, reject) => {
    callOff = ports.clock.after(action.deadlineMs, () => {
      const error = new Error(`the remote did not answer within ${action.deadlineMs} ms`);
      abort.abort(error);
      reject(error); // also where the question doesn't listen to the signal
    });
  });
  const ctx = effectContext({
    action,
    record,
    gate: askingGate(abort.signal),
    stop: abort,
    log: ports.log,
  });
  try {
    return await Promise.race([action.effect.reconcile(JSON.parse(record.input ?? 'null'), ctx), tooLong]);
  } catch (error) {
    return { found: 'failed', error: storedError(action, record, error) };
  } finally {
    callOff();
  }
}

/** A question needs no lease, since it has no effect; a send within it is refused. */
function askingGate(signal: AbortSignal): SendGate {
  const gate = new SendGate(
    { id: '', token: 0, signal, assert: () => undefined, letGo: () => undefined },
    signal,
  );
  gate.pass('question', '');
  return gate;
}

function endingOfQuestion(
  action: AnyAction,
  record: IntentRecord,
  found: Awaited<ReturnType<typeof ask>>,
): Ending {
  if (found.found === true) return succeeded(found);
  const error = record.error ?? { code: 'AMBIGUOUS' as const, message: 'in doubt' };
  const { effect } = action;
  if (found.found === false && mayPerformAgain(action, record))
    return { state: 'pending', error, dueInMs: 0 };
  const quietMs = effect.kind === 'reconcilable' ? effect.quietMs : 0;
  const pause = Math.max(quietMs, MIN_ASK_PAUSE_MS) * 2 ** record.asked;
  return { state: 'in_doubt', error, dueInMs: Math.min(pause, MAX_ASK_PAUSE_MS) };
}

/** Only by explicit opt-in, and as often as the action's retries allow; then the doubt is held like any other. */
function mayPerformAgain({ effect, retry }: AnyAction, { tries }: IntentRecord): boolean {
  return effect.kind === 'reconcilable' && effect.whenAbsent === 'perform' && tries < retry.attempts;
}

function reasonOf(found: Awaited<ReturnType<typeof ask>>): string {
  switch (found.found) {
    case true:
      return 'the remote has it';
    case false:
      return 'the remote does not have it (yet)';
    case 'unsure':
      return `the remote is unsure: ${found.why ?? 'no reason given'}`;
    case 'failed':
      return `the question failed: ${found.error.message}`;
  }
}
