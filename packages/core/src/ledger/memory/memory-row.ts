import type { EffectKind } from '../../action/effect.ts';
import type { StoredError } from '../../errors.ts';
import type { State } from '../../states.ts';
import type { ClaimWish, Submission } from '../ledger.ts';
import type { HistoryEntry, IntentRecord } from '../record.ts';
import type { Superseded } from '../superseded.ts';

/** An intent as the ledger in memory keeps it; times are milliseconds of its clock. */
export interface MemoryRow {
  readonly submission: Submission;
  readonly createdAt: number;
  readonly place: number;
  readonly history: HistoryEntry[];
  readonly superseded: Superseded[];
  state: State;
  token: number;
  generation: number;
  rerunAt: number | null;
  tries: number;
  told: number;
  asked: number;
  kind: EffectKind | null;
  claimant: string | null;
  result: string | null;
  externalId: string | null;
  externalUrl: string | null;
  error: StoredError | null;
  sentAt: number | null;
  claimedAt: number | null;
  leaseUntil: number | null;
  dueAt: number | null;
  finishedAt: number | null;
  purged: boolean;
}

/** The row of an intent that is submitted now. */
export function newRow(submission: Submission, now: number, place: number): MemoryRow {
  return {
    submission,
    createdAt: now,
    place,
    history: [],
    superseded: [],
    state: submission.approvalMs === null ? 'pending' : 'awaiting_approval',
    token: 0,
    generation: 1,
    rerunAt: null,
    tries: 0,
    told: 0,
    asked: 0,
    kind: null,
    claimant: null,
    result: null,
    externalId: null,
    externalUrl: null,
    error: null,
    sentAt: null,
    claimedAt: null,
    leaseUntil: null,
    dueAt: submission.approvalMs === null ? null : now + submission.approvalMs,
    finishedAt: null,
    purged: false,
  };
}

/** Gives a row to a claimant, under a new token. */
export function claimRow(row: MemoryRow, { kind, claimant, leaseMs }: ClaimWish, now: number): void {
  Object.assign(row, {
    state: 'claimed',
    token: row.token + 1,
    tries: row.tries + 1,
    kind,
    claimant,
    claimedAt: now,
    leaseUntil: now + leaseMs,
    dueAt: null,
    asked: 0,
  });
}

/** Shows a row as the record that the core works with, seen at `now`. */
export function recordOf(row: MemoryRow, now: number, turn: IntentRecord['turn']): IntentRecord {
  const { submission, purged } = row;
  const since = (at: number | null) => (at === null ? null : now - at);
  const until = (at: number | null) => (at === null ? null : at - now);
  return {
    id: submission.id,
    action: submission.action,
    key: purged ? '' : submission.key,
    scope: submission.scope,
    fingerprint: purged ? '' : submission.fingerprint,
    state: row.state,
    token: row.token,
    generation: row.generation,
    tries: row.tries,
    kind: row.kind,
    claimant: purged ? null : row.claimant,
    input: purged ? null : submission.input,
    result: purged ? null : row.result,
    externalId: purged ? null : row.externalId,
    externalUrl: purged ? null : row.externalUrl,
    error: purged ? null : row.error,
    traceparent: purged ? null : submission.traceparent,
    turn,
    asked: row.asked,
    purged,
    createdAt: new Date(row.createdAt),
    rerunAt: row.rerunAt === null ? null : new Date(row.rerunAt),
    finishedAt: row.finishedAt === null ? null : new Date(row.finishedAt),
    sentAgoMs: since(row.sentAt),
    claimedAgoMs: since(row.claimedAt),
    leaseLeftMs: until(row.leaseUntil),
    dueInMs: until(row.dueAt),
  };
}

/** Adds an entry to a row's history. */
export function tell(
  row: MemoryRow,
  now: number,
  event: string,
  actor: string | null,
  detail: HistoryEntry['detail'],
  at: number = now,
): void {
  row.history.push({ at: new Date(at), event, attempt: row.token, actor, detail });
}

/** Writes the claim into the history once; from then on the row no longer tells it. */
export function tellClaim(row: MemoryRow, now: number): void {
  if (row.told < row.token) tell(row, now, 'claimed', row.claimant, null, row.claimedAt ?? now);
  row.told = row.token;
}
