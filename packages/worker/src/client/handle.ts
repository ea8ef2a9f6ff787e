import {
  type Answer,
  AnswerTimeout,
  type AnyAction,
  answerOf,
  type IntentRecord,
  IntentUnknown,
  type Ledger,
  nextStep,
  type State,
} from '@latchkey/core';
import type { Answers } from './answers.ts';

/** A submitted intent in its caller's hand. */
export interface Handle<R = unknown> {
  readonly id: string;
  readonly key: string;
  /** Whether this submission is the first of its intent. */
  readonly created: boolean;
  /** Free fields in which this submission differs from the first one. */
  readonly drift: readonly string[];
  /** The intent's state now. */
  status(): Promise<State>;
  /**
   * Waits for the answer, in doubt included once nothing more happens by itself.
   *
   * @throws {AnswerTimeout} after `timeoutMs` milliseconds, default 60,000; the intent goes on.
   * @throws {KeyMissing} when the answer is encrypted under a key that isn't here.
   * @throws {LatchkeyError} `ROLLED_BACK` when the caller's transaction didn't commit.
   */
  answer(options?: { timeoutMs?: number }): Promise<Answer<R>>;
}

/** What a handle is made of. */
export interface HandleParts {
  readonly ledger: Ledger;
  readonly answers: Answers;
  readonly action: AnyAction;
  readonly record: IntentRecord;
  /** Key as the submission derived it; a tombstone keeps none. */
  readonly key: string;
  readonly created: boolean;
  readonly drift: readonly string[];
  /** Rejects when the submission's transaction was rolled back; `null` where it is committed. */
  readonly committed: Promise<void> | null;
}

const TIMEOUT_MS = 60_000;

/** Makes the handle of a submission. */
export function handleOf<R>(parts: HandleParts): Handle<R> {
  const { record, created, drift } = parts;
  return {
    id: record.id,
    key: parts.key,
    created,
    drift,
    status: async () => {
      const now = await parts.ledger.find(record.id);
      if (now === null) throw new IntentUnknown(record.id);
      return now.state;
    },
    answer: async ({ timeoutMs = TIMEOUT_MS } = {}) => {
      const end = await waitForEnd(parts, timeoutMs);
      if (end.unreadable) throw end.unreadable;
      return answerOf<R>(end, { replayed: !created, drift, key: parts.key });
    },
  };
}

async function waitForEnd(parts: HandleParts, timeoutMs: number): Promise<IntentRecord> {
  const { record, action, answers, ledger, committed } = parts;
  const isAnswered = (now: IntentRecord) => nextStep(action, now).kind === 'answer';
  if (isAnswered(record)) return record;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort('timeout'), timeoutMs);
  committed?.catch((error: unknown) => abort.abort(error));
  try {
    return await answers.wait(record.id, isAnswered, abort.signal);
  } catch (error) {
    if (error !== 'timeout') throw error;
    throw new AnswerTimeout(
      record.key,
      timeoutMs,
      (await ledger.find(record.id))?.state ?? 'not committed yet',
    );
  } finally {
    clearTimeout(timer);
  }
}
