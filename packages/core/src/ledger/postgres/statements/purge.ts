import type { Tables } from '../tables.ts';

const tombstone = `key = '', input = null, result = null, error = null, external_id = null, external_url = null,
  traceparent = null, claimant = null, fingerprint = '', purged_at = now()`;

const windowOver = (i: string): string =>
  `${i}.finished_at + ${i}.replay_window_ms * interval '1 ms' < now()`;

/**
 * Turns one page of intents past their replay window into tombstones, and moves the watermark behind it.
 *
 * The page ends where intents are too young; what is old but unfinished, or finished late, becomes a straggler and
 * is purged once its own window is over. $1 action, $2 limit.
 */
export const purgeText = (t: Tables): string => `
  with edge as (
    select coalesce((select purge_from from ${t.watermark} where action = $1), 0) as low,
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin
  ), page as materialized (
    select i.id, i.created_xid, i.purged_at is null and i.alias_of is null as whole,
      i.created_at + i.replay_window_ms * interval '1 ms' < now() as old, coalesce(${windowOver('i')}, false) as done
    from ${t.intent} i, edge
    where i.action = $1 and i.created_xid >= edge.low and i.created_xid < edge.xmin
    order by i.created_xid
    fetch first ($2::integer) rows with ties
  ), stop as (
    select coalesce(min(created_xid) filter (where not old), max(created_xid) + 1) as at from page
  ), passed as (
    select page.* from page, stop where page.created_xid < stop.at
  ), late as (
    insert into ${t.straggler} (intent_id, action)
    select id, $1 from passed where whole and not done
    on conflict do nothing
  ), purged as (
    update ${t.intent} i set ${tombstone}
    from passed p where i.id = p.id and p.whole and p.done
    returning i.id
  ), settled as (
    delete from ${t.straggler} s using purged where s.intent_id = purged.id
  ), moved as (
    insert into ${t.watermark} as w (action, purge_from)
    select $1, stop.at from stop where stop.at is not null
    on conflict (action) do update set purge_from = excluded.purge_from
  )
  select count(*)::integer as purged from purged`;

/** Purges finished stragglers past their window; drops tombstones from the list. $1 action, $2 limit. */
export const purgeStragglersText = (t: Tables): string => `
  with done as materialized (
    select i.id, i.purged_at is null as whole
    from ${t.straggler} s
    join ${t.intent} i on i.id = s.intent_id
    where s.action = $1 and (i.purged_at is not null or ${windowOver('i')})
    limit $2::integer
  ), purged as (
    update ${t.intent} i set ${tombstone}
    from done d where i.id = d.id and d.whole
    returning i.id
  ), settled as (
    delete from ${t.straggler} s using done where s.intent_id = done.id
  )
  select count(*)::integer as purged from purged`;
