import { type AnyAction, redact, redactAnswer, redactText } from '@latchkey/core';
import { isIntentId } from '../queue/job-data.ts';

/** How the contents of jobs are shown. */
export interface JobsShown {
  readonly actions: ReadonlyMap<string, AnyAction>;
  /** Whether a job whose name is no known action is shown as it stands: nobody here knows what is secret in it. */
  readonly unknown: boolean;
}

/**
 * Hides what nobody is to see in whatever Bull Board's API answers: wherever something has a name and a job's content,
 * the fields that the action of this name redacts; of an encrypted or unknown one every value.
 */
export function hideJobs(shown: JobsShown, body: unknown): unknown {
  if (Array.isArray(body)) return body.map((each) => hideJobs(shown, each));
  if (typeof body !== 'object' || body === null) return body;
  const { name } = body as { name?: unknown };
  const fields = Object.entries(body).map(([field, value]) => {
    const isContent = typeof name === 'string' && Object.hasOwn(CONTENTS, field);
    return [
      field,
      isContent ? hidden(shown, name, field as keyof typeof CONTENTS, value) : hideJobs(shown, value),
    ];
  });
  return Object.fromEntries(fields);
}

/** What a job, or the template of jobs, holds. */
const CONTENTS = {
  data: inputOf,
  template: templateOf,
  returnValue: answerOf,
  progress: progressOf,
} as const;

function hidden(shown: JobsShown, name: string, field: keyof typeof CONTENTS, value: unknown): unknown {
  const action = shown.actions.get(name) ?? null;
  if (action === null && shown.unknown) return value;
  return CONTENTS[field](action === null || action.encrypt ? null : action, value);
}

function inputOf(action: AnyAction | null, data: unknown): unknown {
  const { latchkey } = Object(data) as { latchkey?: unknown };
  if (typeof latchkey === 'string' && isIntentId(latchkey)) return { latchkey };
  return action === null ? namesOnly(data) : redact(action, data);
}

function templateOf(action: AnyAction | null, template: unknown): unknown {
  if (template === undefined) return undefined;
  const { data, ...rest } = Object(template) as { data?: unknown };
  return data === undefined ? rest : { ...rest, data: inputOf(action, data) };
}

/** Our own workers return answers, which tell beside the result what every page of an intent tells. */
function answerOf(action: AnyAction | null, value: unknown): unknown {
  const { intentId, result } = Object(value) as { intentId?: unknown; result?: unknown };
  if (typeof intentId !== 'string' || !isIntentId(intentId))
    return action === null ? namesOnly(value) : redact(action, value);
  const answer = value as Parameters<typeof redactAnswer>[1];
  if (action !== null) return redactAnswer(action, answer);
  return result === undefined ? answer : { ...answer, result: namesOnly(result) };
}

/** Ours holds outcomes that wait for the ledger. */
function progressOf(_action: AnyAction | null, progress: unknown): unknown {
  return typeof progress === 'number' ? progress : namesOnly(progress);
}

function namesOnly(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(redactText(null, JSON.stringify(value)));
}
