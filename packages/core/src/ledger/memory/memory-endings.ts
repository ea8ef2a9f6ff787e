import { isDeepStrictEqual } from 'node:util';
import { isFinal, type Step, statesBefore } from '../../states.ts';
import type { Decision, Ending } from '../ledger.ts';
import { type MemoryRow, tell, tellClaim } from './memory-row.ts';

/** How one attempt, or the doubt it left, is ended. */
export interface HowEnded {
  readonly steps: readonly Step[];
  readonly event: string;
  readonly expiredOnly?: boolean;
  readonly asked?: boolean;
  readonly decision?: Decision;
}

/** Ends a row's attempt together with its history; `false` where the token isn't current or the step isn't legal. */
export function endRow(row: MemoryRow, token: number, ending: Ending, how: HowEnded, now: number): boolean {
  const legal = how.steps.some((step) => statesBefore(step, ending.state).includes(row.state));
  const expired = !how.expiredOnly || (row.leaseUntil ?? Number.POSITIVE_INFINITY) < now;
  if (row.token !== token || !legal || !expired) return false;
  const untried = 'untried' in ending && ending.untried === true;
  if (untried) row.tries -= 1;
  if (!(untried && isDeepStrictEqual(row.error, ending.error))) tellEnding(row, ending, how, now);
  row.told = row.token;
  row.asked = how.asked ? row.asked + 1 : ending.state === 'in_doubt' ? row.asked : 0;
  const own = how.decision === undefined && row.sentAt === row.claimedAt;
  if (ending.state === 'pending' && (own || how.decision?.vouched)) row.sentAt = null;
  writeEnding(row, ending, now);
  return true;
}

function tellEnding(row: MemoryRow, ending: Ending, how: HowEnded, now: number): void {
  tellClaim(row, now);
  const error = ending.state === 'succeeded' ? null : ending.error;
  const reason = how.decision ? { reason: how.decision.reason } : {};
  tell(row, now, how.event, how.decision?.by ?? row.claimant, { ...error, ...reason });
}

/** Writes an ending into a row. */
export function writeEnding(row: MemoryRow, ending: Ending, now: number): void {
  const done = ending.state === 'succeeded' ? ending : null;
  Object.assign(row, {
    state: ending.state,
    error: ending.state === 'succeeded' ? null : ending.error,
    result: done?.result ?? null,
    externalId: done?.externalId ?? null,
    externalUrl: done?.externalUrl ?? null,
    dueAt: 'dueInMs' in ending && ending.dueInMs !== null ? now + ending.dueInMs : null,
    leaseUntil: null,
    finishedAt: isFinal(ending.state) ? now : null,
  });
}
