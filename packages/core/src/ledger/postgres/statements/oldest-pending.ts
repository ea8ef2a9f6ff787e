import type { Tables } from '../tables.ts';
import type { Query } from './search.ts';

/** The first in the order of submission that is pending, among what the sweep still sees. */
export function oldestPendingQuery(t: Tables, action: string): Query {
  const mark = `coalesce((select w.open_from from ${t.watermark} w where w.action = $1::text
    and w.open_from <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint), 0)`;
  const text = `
    select (extract(epoch from now() - min(created_at)) * 1000)::float8 as age_ms from (
      (select i.created_at from ${t.intent} i
       where i.action = $1::text and i.created_xid >= ${mark} and i.state = 'pending'
       order by i.created_xid limit 1)
      union all
      (select i.created_at from ${t.straggler} s join ${t.intent} i on i.id = s.intent_id
       where s.list = 'open' and s.action = $1::text and i.state = 'pending'
       order by s.created_xid limit 1)
    ) oldest`;
  return { text, values: [action] };
}
