import type { AnyAction } from '../action/action.ts';
import type { Answer } from '../answer.ts';
import type { IntentRecord } from '../ledger/record.ts';
import type { Superseded } from '../ledger/superseded.ts';
import { sealedUnder } from './key-ring.ts';
import { redact, redactText } from './redact.ts';
import { namedByKey } from './seal.ts';

/** A record as people may see it; without its action (`null`) no value of input and result is shown. */
export function redactRecord(action: AnyAction | null, record: IntentRecord): IntentRecord {
  const { error } = record;
  return {
    ...record,
    input: shown(action, record.input),
    result: shown(action, record.result),
    error: error === null ? null : { ...error, message: namedByKey(error.message) },
  };
}

/** How an earlier generation ended, as people may see it. */
export function redactSuperseded(action: AnyAction | null, earlier: Superseded): Superseded {
  return { ...earlier, result: shown(action, earlier.result) };
}

function shown(action: AnyAction | null, text: string | null): string | null {
  if (text === null) return null;
  return sealedUnder(text) === null ? redactText(action, text) : namedByKey(text);
}

/** An answer as it may be kept where people look: a job's return value, a page. Of an encrypted action it tells no content. */
export function redactAnswer<R>(action: AnyAction, answer: Answer<R>): Answer<R> {
  if (action.encrypt) {
    const { result: _, error, ...rest } = answer;
    if (error === undefined) return rest;
    return { ...rest, error: { ...error, message: 'what was said is encrypted; latchkey show tells it' } };
  }
  if (answer.result === undefined || action.redact.length === 0) return answer;
  return { ...answer, result: redact(action, answer.result) as R };
}
