/** An answer that a producer got, or that a plain job left behind. */
export interface ReceivedAnswer {
  readonly key: string;
  readonly status: string;
  readonly replayed: boolean;
  /** Free fields in which the submission differs from the first one of its intent. */
  readonly drift: readonly string[];
}

/** A submission that contradicts the intent that exists. */
export interface RefusedSubmittal {
  /** Its line in the input; unknown for a plain job. */
  readonly line?: number;
  readonly why: string;
}

/** Takes a job's return value for an answer; `undefined` where it is none. */
export function answerOfJob(returned: unknown): ReceivedAnswer | undefined {
  if (typeof returned !== 'object' || returned === null) return undefined;
  const { key, status, replayed, drift = [] } = returned as Partial<ReceivedAnswer>;
  if (typeof key !== 'string' || typeof status !== 'string') return undefined;
  return { key, status, replayed: replayed === true, drift };
}
