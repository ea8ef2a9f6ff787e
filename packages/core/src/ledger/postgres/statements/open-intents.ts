import { turnOf } from '../record-row.ts';
import type { Tables } from '../tables.ts';

const columns = (
  t: Tables,
): string => `${turnOf(t, 'i')} as turn, i.id, i.action, i.state, i.token, i.kind, i.tries, i.asked,
  (extract(epoch from now() - i.created_at) * 1000)::float8 as age_ms,
  (extract(epoch from now() - i.sent_at) * 1000)::float8 as sent_ago_ms,
  (extract(epoch from now() - i.claimed_at) * 1000)::float8 as claimed_ago_ms,
  (extract(epoch from i.lease_until - now()) * 1000)::float8 as lease_left_ms,
  (extract(epoch from i.due_at - now()) * 1000)::float8 as due_in_ms`;

/**
 * How long an unfinished intent holds the watermark. Every sweep reads all that came since, finished or not, so that
 * it must be short; a straggler costs one small row.
 */
const STRAGGLES_AFTER = '1 minute';

/** Unfinished intents from the watermark on, stragglers aside, in order of submission. $1 action, $2 xid, $3 id, $4 limit. */
export const openText = (t: Tables): string => `
  select ${columns(t)}, i.created_xid::text as xid
  from ${t.intent} i
  where i.action = $1 and i.finished_at is null
    and i.created_xid >= coalesce((select open_from from ${t.watermark} where action = $1), 0)
    and i.created_xid >= $2::bigint and (i.created_xid > $2::bigint or i.id > $3::uuid)
    and not exists (select 1 from ${t.straggler} s where s.list = 'open' and s.action = $1 and s.intent_id = i.id)
  order by i.created_xid, i.id
  limit $4`;

/** Unfinished stragglers, most of them behind the watermark. $1 action, $2 id, $3 limit. */
export const stragglersText = (t: Tables): string => `
  select ${columns(t)}, '0' as xid
  from ${t.straggler} s
  join ${t.intent} i on i.id = s.intent_id
  where s.list = 'open' and s.action = $1 and s.intent_id > $2::uuid and i.finished_at is null
  order by s.intent_id
  limit $3`;

/**
 * Moves an action's watermark up to the oldest intent that may still be unfinished.
 *
 * Nothing can appear below a snapshot's xmin, so a submission in a caller's long transaction is never passed over.
 * What stays unfinished for a minute becomes a straggler, so that one old doubt doesn't hold the watermark. A
 * watermark beyond the present xmin comes from another cluster (a restored dump): it goes back to the beginning.
 */
export const advanceText = (t: Tables): string => `
  with edge as (
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin,
      coalesce((select open_from from ${t.watermark} where action = $1), 0) as old_from
  ), unfinished as materialized (
    select i.id, i.created_xid, i.created_at < now() - interval '${STRAGGLES_AFTER}' as straggles
    from ${t.intent} i, edge
    where i.action = $1 and i.created_xid >= edge.old_from and i.created_xid < edge.xmin and i.finished_at is null
  ), moved as (
    insert into ${t.straggler} (list, action, intent_id, created_xid)
    select 'open', $1, id, created_xid from unfinished where straggles
    on conflict do nothing
  )
  insert into ${t.watermark} as w (action, open_from)
  select $1, case when edge.old_from > edge.xmin then 0 else coalesce(
    (select min(created_xid) from unfinished where not straggles), edge.xmin) end
  from edge
  on conflict (action) do update set open_from = excluded.open_from`;

/**
 * Drops finished intents from the list of unfinished ones. $1 action.
 *
 * The lock makes sure of "finished": a replay at the same moment holds the row, and puts it on the list itself.
 */
export const tidyStragglersText = (t: Tables): string => `
  with finished as (
    select i.id
    from ${t.straggler} s
    join ${t.intent} i on i.id = s.intent_id
    where s.list = 'open' and s.action = $1 and i.finished_at is not null
    for share of i skip locked
  )
  delete from ${t.straggler} s using finished f where s.list = 'open' and s.action = $1 and s.intent_id = f.id`;
