import type { EffectKind } from '../../action/effect.ts';
import type { StoredError } from '../../errors.ts';
import type { State } from '../../states.ts';
import type { IntentRecord } from '../record.ts';
import type { Tables } from './tables.ts';

/** A row as the select list `recordColumns` returns it: plain strings and floats, which pg parses fastest. */
export interface RecordRow {
  id: string;
  action: string;
  key: string;
  scope: string | null;
  fingerprint: string;
  state: State;
  token: number;
  generation: number;
  tries: number;
  kind: EffectKind | null;
  claimant: string | null;
  input: string | null;
  result: string | null;
  external_id: string | null;
  external_url: string | null;
  error: string | null;
  traceparent: string | null;
  turn: IntentRecord['turn'];
  asked: number;
  purged: boolean;
  created_ms: number;
  rerun_ms: number | null;
  finished_ms: number | null;
  sent_ago_ms: number | null;
  claimed_ago_ms: number | null;
  lease_left_ms: number | null;
  due_in_ms: number | null;
}

/** Milliseconds since a time; null where there is none. */
export const since = (column: string): string => `(extract(epoch from now() - ${column}) * 1000)::float8`;
const until = (column: string) => `(extract(epoch from ${column} - now()) * 1000)::float8`;
/** A time as milliseconds since 1970. */
export const epoch = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** Whether the intent in row `i` may act on its entity; costs nothing where it shares none. */
export const turnOf = (t: Tables, i: string): string => `
  case
    when ${i}.entity is null or ${i}.finished_at is not null then null
    when exists (select 1 from ${t.turn} mine join ${t.turn} other
      on other.entity = mine.entity and other.place < mine.place where mine.intent_id = ${i}.id) then 'waits'
    when ${i}.entity_rule = 'version' and exists (select 1 from ${t.appliedVersion} v
      where v.entity = ${i}.entity and v.version > ${i}.entity_version) then 'stale'
    else 'next'
  end`;

/** Select list of an intent's record without what was submitted and what came of it, which may be large. */
export const summaryColumns = (t: Tables, i: string): string => `
  ${i}.id, ${i}.action, ${i}.key, ${i}.scope, ${i}.fingerprint, ${i}.state, ${i}.token, ${i}.generation,
  ${i}.tries, ${i}.kind, ${i}.claimant, ${i}.external_id, ${i}.external_url, ${i}.error, ${i}.traceparent, ${i}.asked,
  ${turnOf(t, i)} as turn, ${i}.purged_at is not null as purged, ${epoch(`${i}.created_at`)} as created_ms,
  ${epoch(`${i}.rerun_at`)} as rerun_ms, ${epoch(`${i}.finished_at`)} as finished_ms, ${since(`${i}.sent_at`)} as sent_ago_ms,
  ${since(`${i}.claimed_at`)} as claimed_ago_ms, ${until(`${i}.lease_until`)} as lease_left_ms,
  ${until(`${i}.due_at`)} as due_in_ms`;

/** Select list of an intent's record; `i` is the alias of its row. */
export const recordColumns = (t: Tables, i: string): string =>
  `${summaryColumns(t, i)}, ${i}.input, ${i}.result`;

/** Turns a row into the record that the rest of the core works with. */
export function toRecord(row: RecordRow): IntentRecord {
  return {
    id: row.id,
    action: row.action,
    key: row.key,
    scope: row.scope,
    fingerprint: row.fingerprint,
    state: row.state,
    token: row.token,
    generation: row.generation,
    tries: row.tries,
    kind: row.kind,
    claimant: row.claimant,
    input: row.input,
    result: row.result,
    externalId: row.external_id,
    externalUrl: row.external_url,
    error: row.error === null ? null : (JSON.parse(row.error) as StoredError),
    traceparent: row.traceparent,
    turn: row.turn,
    asked: row.asked,
    purged: row.purged,
    createdAt: new Date(row.created_ms),
    rerunAt: row.rerun_ms === null ? null : new Date(row.rerun_ms),
    finishedAt: row.finished_ms === null ? null : new Date(row.finished_ms),
    sentAgoMs: row.sent_ago_ms,
    claimedAgoMs: row.claimed_ago_ms,
    leaseLeftMs: row.lease_left_ms,
    dueInMs: row.due_in_ms,
  };
}
