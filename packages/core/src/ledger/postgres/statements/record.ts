import { statesBefore } from '../../../states.ts';
import type { Ending } from '../../ledger.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';
import { plainArray, textArray } from './array-text.ts';
import { rememberObjects } from './external-objects.ts';

/** An ending that finishes its intent. */
export interface FinalEnding {
  readonly id: string;
  readonly token: number;
  readonly ending: Extract<Ending, { state: 'succeeded' | 'failed' }>;
}

/** Finishes claimed intents whose token is current; answers their ids and the time. */
export const recordText = (t: Tables): string => `
  ${finish(t)}
  returning i.id, (extract(epoch from i.finished_at) * 1000)::float8 as finished_ms`;

/** The same, where some of them made objects that are to be found by their ids. */
export const recordObjectsText = (t: Tables): string => `
  with finished as (
    ${finish(t)}
    returning i.id, i.created_xid, i.external_id, i.finished_at
  ), made as (
    ${rememberObjects(t, 'finished')}
  )
  select id, (extract(epoch from finished_at) * 1000)::float8 as finished_ms from finished`;

const finish = (t: Tables): string => `
    update ${t.intent} i
    set state = e.state, result = e.result, external_id = e.external_id, external_url = e.external_url,
      error = e.error, finished_at = now(), lease_until = null, due_at = null
    from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      as e (id, token, state, result, external_id, external_url, error)
    where i.id = e.id and i.token = e.token and i.state in (${stateList(statesBefore('record'))})`;

/** Parameters of `recordText`. */
export function recordValues(endings: readonly FinalEnding[]): string[] {
  const done = endings.map(({ ending }) => (ending.state === 'succeeded' ? ending : null));
  return [
    plainArray(endings.map((e) => e.id)),
    plainArray(endings.map((e) => e.token)),
    textArray(endings.map((e) => e.ending.state)),
    textArray(done.map((e) => e?.result ?? null)),
    textArray(done.map((e) => e?.externalId ?? null)),
    textArray(done.map((e) => e?.externalUrl ?? null)),
    textArray(endings.map(({ ending }) => (ending.state === 'failed' ? JSON.stringify(ending.error) : null))),
  ];
}
