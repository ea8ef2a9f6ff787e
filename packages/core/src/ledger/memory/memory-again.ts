import { statesBefore } from '../../states.ts';
import type { Decision } from '../ledger.ts';
import { type MemoryRow, tell, tellClaim } from './memory-row.ts';

/** Makes a finished row pending again, by the step that a person chose; `false` where that isn't legal. */
export function performAgain(
  row: MemoryRow,
  step: 'replay' | 'rerun',
  token: number,
  decision: Decision,
  now: number,
): boolean {
  if (row.token !== token || row.purged || !statesBefore(step).includes(row.state)) return false;
  const { finishedAt, externalId } = row;
  const closes = row.told < row.token;
  tellClaim(row, now);
  if (closes) {
    const detail = step === 'replay' ? { ...row.error } : externalId === null ? null : { externalId };
    tell(row, now, row.state, row.claimant, detail, finishedAt ?? undefined);
  }
  if (step === 'rerun') supersede(row, decision, now);
  tell(row, now, step === 'replay' ? 'replayed' : 'rerun', decision.by, { reason: decision.reason });
  Object.assign(row, { state: 'pending', tries: 0, finishedAt: null, dueAt: null, sentAt: null });
  return true;
}

/** Begins a new generation; the decision takes a token of its own, so that the old one's are stale. */
function supersede(row: MemoryRow, { by, reason }: Decision, now: number): void {
  const { generation, token: attempt, result, externalId, externalUrl, finishedAt } = row;
  row.superseded.push({
    generation,
    attempt,
    result,
    externalId,
    externalUrl,
    finishedAt: new Date(finishedAt ?? now),
    supersededAt: new Date(now),
    by,
    reason,
  });
  const token = attempt + 1;
  const cleared = { result: null, externalId: null, externalUrl: null, error: null, asked: 0 };
  Object.assign(row, { ...cleared, generation: generation + 1, rerunAt: now, token, told: token });
}
