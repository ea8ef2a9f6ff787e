import { type Step, statesBefore } from '../../states.ts';
import type { Decision, Ending } from '../ledger.ts';
import type { Statement } from './decide-once.ts';
import { endAttemptText } from './statements/end-attempt.ts';
import type { Tables } from './tables.ts';

/** How one attempt, or the doubt it left, is ended. */
export interface HowEnded {
  /** Steps of the table of transitions that this may be. */
  readonly steps: readonly Step[];
  readonly event: string;
  /** Only the claim of a holder whose lease is over; default `false`. */
  readonly expiredOnly?: boolean;
  /** The remote was asked once more; default `false`. */
  readonly asked?: boolean;
  /** Whoever settles it; default: the holder itself. */
  readonly decision?: Decision;
}

/** Steps by which a holder ends its own attempt. */
export const HOLDERS_STEPS: readonly Step[] = ['record', 'release', 'doubt', 'late-outcome'];

/** What the history calls an ending. */
export function eventOf(ending: Ending): string {
  return ending.state === 'pending' ? 'not_performed' : ending.state;
}

/** What the history says of an ending: the error, or why it was decided. */
export function endingDetail(ending: Ending, decision?: Decision): string {
  const error = ending.state === 'succeeded' ? {} : ending.error;
  return JSON.stringify({ ...error, ...(decision ? { reason: decision.reason } : {}) });
}

/** The statement that ends an attempt together with its history; no row where the token isn't current or the step isn't legal. */
export function endAttempt(
  tables: Tables,
  attempt: { id: string; token: number },
  ending: Ending,
  how: HowEnded,
): Statement {
  const from = new Set(how.steps.flatMap((step) => statesBefore(step, ending.state)));
  const done = ending.state === 'succeeded' ? ending : null;
  const values = [
    attempt.id,
    attempt.token,
    ending.state,
    ending.state === 'succeeded' ? null : JSON.stringify(ending.error),
    'dueInMs' in ending ? ending.dueInMs : null,
    how.event,
    how.decision?.by ?? null,
    endingDetail(ending, how.decision),
    done?.result ?? null,
    done?.externalId ?? null,
    done?.externalUrl ?? null,
    how.expiredOnly ?? false,
    how.asked ?? false,
    how.decision?.vouched ?? false,
    'untried' in ending && ending.untried === true,
  ];
  return { text: endAttemptText(tables, [...from]), values };
}
