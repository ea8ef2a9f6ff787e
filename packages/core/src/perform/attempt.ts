import type { AnyAction } from '../action/action.ts';
import type { Performed } from '../action/effect.ts';
import { DeadlineExceeded } from '../errors.ts';
import { type Outcome, sortThrown } from '../outcome/outcome.ts';
import type { Clock } from './clock.ts';

/** One run of an effect. */
export interface Attempt {
  readonly outcome: Outcome;
  /** Settles when an effect that missed its deadline ends after all; `null` where it ended in time. */
  readonly late: Promise<Outcome> | null;
}

/** What an attempt is bounded by. */
export interface AttemptParts {
  readonly action: AnyAction;
  readonly clock: Clock;
  /** Monotonic time of the deadline; default: the action's `deadlineMs` from now. */
  readonly until?: number;
  /** Aborted at the deadline, so that a well-behaved effect stops. */
  readonly abort: Pick<AbortController, 'abort'>;
}

/** Runs an effect until it settles or its deadline passes, whichever is first, and says what that proves. */
export function attempt(parts: AttemptParts, body: () => Promise<Performed>): Promise<Attempt> {
  const { action, clock, abort, until = clock.now() + action.deadlineMs } = parts;
  return new Promise((resolve) => {
    let settleLate: ((outcome: Outcome) => void) | undefined;
    const callOff = clock.after(Math.max(until - clock.now(), 0), () => {
      const error = new DeadlineExceeded(action.deadlineMs);
      const late = new Promise<Outcome>((settle) => {
        settleLate = settle;
      });
      abort.abort(error);
      resolve({ outcome: { kind: 'ambiguous', error }, late });
    });
    const ended = (outcome: Outcome) => {
      if (settleLate !== undefined) return settleLate(outcome);
      callOff();
      resolve({ outcome, late: null });
    };
    run(body).then(
      (performed) => ended({ kind: 'performed', performed }),
      (error: unknown) => ended(sortThrown(error)),
    );
  });
}

/** An effect may be written in plain JavaScript: it may throw at once, or return what isn't a promise. */
function run(body: () => Promise<Performed>): Promise<Performed> {
  try {
    return Promise.resolve(body());
  } catch (error) {
    return Promise.reject(error);
  }
}
