import type { Tables } from '../tables.ts';
import { forgetObjects, forgetSuperseded } from './external-objects.ts';

const tombstone = `key = '', input = null, result = null, error = null, external_id = null, external_url = null,
  traceparent = null, claimant = null, fingerprint = '', purged_at = now()`;

/** Erases with a tombstone what its earlier generations came to. */
const erased = (t: Tables): string => `
    update ${t.superseded} s set claimant = null, result = null, external_id = null, external_url = null, purged_at = now()
    from purged p where s.intent_id = p.id`;

const windowOver = (i: string): string =>
  `coalesce(${i}.finished_at + ${i}.replay_window_ms * interval '1 ms' < now(), false)`;

/**
 * Turns one page of intents past their replay window into tombstones, and moves the watermark behind it.
 *
 * The page ends where intents are too young; what is old but unfinished, or finished late, becomes a straggler and
 * is purged once its own window is over. Whether it is over is asked again of the row that is changed: a replay may
 * have been faster. A watermark beyond the present xmin comes from another cluster: it starts again. $1 action,
 * $2 limit.
 */
export const purgeText = (t: Tables): string => `
  with present as (
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as settled
  ), edge as (
    select p.settled, coalesce(
      (select w.purge_from from ${t.watermark} w where w.action = $1 and w.purge_from <= p.settled), 0) as low
    from present p
  ), page as materialized (
    select i.id, i.created_xid, i.external_id, i.purged_at is null as whole,
      i.created_at + i.replay_window_ms * interval '1 ms' < now() as old, ${windowOver('i')} as done
    from ${t.intent} i, edge
    where i.action = $1 and i.created_xid >= edge.low and i.created_xid < edge.settled
    order by i.created_xid
    fetch first ($2::integer) rows with ties
  ), stop as (
    select coalesce(min(created_xid) filter (where whole and not old), max(created_xid) + 1) as at from page
  ), passed as (
    select page.* from page, stop where page.created_xid < stop.at and page.whole
  ), late as (
    insert into ${t.straggler} (list, action, intent_id, created_xid)
    select 'purge', $1, id, created_xid from passed where not done
    on conflict do nothing
  ), purged as (
    update ${t.intent} i set ${tombstone}
    from passed p where i.id = p.id and p.done and i.purged_at is null and ${windowOver('i')}
    returning i.id
  ), erased as (${erased(t)}
  ), unlisted as (
    delete from ${t.straggler} s using purged p where s.list = 'purge' and s.action = $1 and s.intent_id = p.id
  ), unknown as (
    ${forgetObjects(t, 'passed')}
  ), unknown_before as (
    ${forgetSuperseded(t, 'passed')}
  ), moved as (
    insert into ${t.watermark} as w (action, purge_from)
    select $1, stop.at from stop where stop.at is not null
    on conflict (action) do update set purge_from = excluded.purge_from
  )
  select count(*)::integer as purged from purged`;

/** Purges stragglers past their window, and takes them off the list. $1 action, $2 limit. */
export const purgeStragglersText = (t: Tables): string => `
  with done as materialized (
    select i.id, i.created_xid, i.external_id
    from ${t.straggler} s
    join ${t.intent} i on i.id = s.intent_id
    where s.list = 'purge' and s.action = $1 and (i.purged_at is not null or ${windowOver('i')})
    limit $2::integer
  ), purged as (
    update ${t.intent} i set ${tombstone}
    from done d where i.id = d.id and i.purged_at is null and ${windowOver('i')}
    returning i.id
  ), erased as (${erased(t)}
  ), unknown as (
    ${forgetObjects(t, 'done')}
  ), unknown_before as (
    ${forgetSuperseded(t, 'done')}
  ), unlisted as (
    delete from ${t.straggler} s
    using done d left join purged p on p.id = d.id left join ${t.intent} i on i.id = d.id and i.purged_at is not null
    where s.list = 'purge' and s.action = $1 and s.intent_id = d.id and (p.id is not null or i.id is not null)
  )
  select count(*)::integer as purged from purged`;
