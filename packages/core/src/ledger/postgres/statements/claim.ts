import { statesBefore } from '../../../states.ts';
import type { ClaimWish } from '../../ledger.ts';
import type { IntentRecord } from '../../record.ts';
import { epoch, since, turnOf } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';
import { plainArray, textArray } from './array-text.ts';

/** What a claimer doesn't know of an intent that it has claimed. */
export interface ClaimRow {
  readonly id: string;
  readonly action: string;
  readonly key: string;
  readonly scope: string | null;
  readonly fingerprint: string;
  readonly token: number;
  readonly generation: number;
  readonly tries: number;
  readonly asked: number;
  readonly input: string | null;
  readonly error: string | null;
  readonly traceparent: string | null;
  readonly created_ms: number;
  readonly rerun_ms: number | null;
  readonly sent_ago_ms: number;
}

/**
 * Claims those wished-for intents that are pending and due, and answers them. Those that share an entity are claimed only
 * where `shared`, in their turn: all others are spared the look at it.
 */
export const claimText = (t: Tables, shared: boolean): string => `
  update ${t.intent} i
  set state = 'claimed', token = i.token + 1, tries = i.tries + 1, kind = w.kind, claimant = w.claimant,
    claimed_at = now(), sent_at = coalesce(i.sent_at, now()),
    lease_until = now() + w.lease_ms * interval '1 ms', due_at = null
  from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[]) as w (id, claimant, kind, lease_ms, action)
  where i.id = w.id and i.action = coalesce(w.action, i.action) and i.alias_of is null
    and i.state in (${stateList(statesBefore('claim'))}) and (i.due_at is null or i.due_at <= now())
    and ${shared ? `(i.entity is null or ${turnOf(t, 'i')} = 'next')` : 'i.entity is null'}
  returning i.id, i.action, i.key, i.scope, i.fingerprint, i.token, i.generation, i.tries, i.asked, i.input, i.error,
    i.traceparent, ${epoch('i.created_at')} as created_ms, ${epoch('i.rerun_at')} as rerun_ms,
    ${since('i.sent_at')} as sent_ago_ms`;

/** Parameters of `claimText`. */
export function claimValues(wishes: readonly ClaimWish[]): string[] {
  return [
    plainArray(wishes.map((w) => w.id)),
    textArray(wishes.map((w) => w.claimant)),
    textArray(wishes.map((w) => w.kind)),
    plainArray(wishes.map((w) => w.leaseMs)),
    textArray(wishes.map((w) => w.action ?? null)),
  ];
}

/** The record of an intent that was claimed just now: what the row told, and what the wish said. */
export function claimedRecord(row: ClaimRow, wish: ClaimWish, shared: boolean): IntentRecord {
  return {
    id: row.id,
    action: row.action,
    key: row.key,
    scope: row.scope,
    fingerprint: row.fingerprint,
    state: 'claimed',
    token: row.token,
    generation: row.generation,
    tries: row.tries,
    kind: wish.kind,
    claimant: wish.claimant,
    input: row.input,
    result: null,
    externalId: null,
    externalUrl: null,
    error: row.error === null ? null : JSON.parse(row.error),
    traceparent: row.traceparent,
    turn: shared ? 'next' : null,
    asked: row.asked,
    purged: false,
    createdAt: new Date(row.created_ms),
    rerunAt: row.rerun_ms === null ? null : new Date(row.rerun_ms),
    finishedAt: null,
    sentAgoMs: row.sent_ago_ms,
    claimedAgoMs: 0,
    leaseLeftMs: wish.leaseMs,
    dueInMs: null,
  };
}
