import { statesBefore } from '../../../states.ts';
import { recordColumns } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';

/**
 * Makes a failed intent pending again under the same key, with its retries unused; what ended goes into the history.
 * The watermarks may have passed it, so that it goes on their lists.
 *
 * $1 id, $2 token, $3 who, $4 detail.
 */
export const replayText = (t: Tables): string => `
  with old as (
    select * from ${t.intent}
    where id = $1::uuid and token = $2::integer and purged_at is null
      and state in (${stateList(statesBefore('replay'))})
    for update
  ), replayed as (
    update ${t.intent} i
    set state = 'pending', tries = 0, told = i.token, finished_at = null, due_at = null, sent_at = null
    from old
    where i.id = old.id
    returning i.*
  ), told as (
    insert into ${t.history} (intent_id, at, event, attempt, actor, detail)
    select c.intent_id, c.at, c.event, c.attempt, c.actor, c.detail
    from (
      select 1 as place, id as intent_id, claimed_at as at, 'claimed' as event, token as attempt, claimant as actor,
        null::text as detail
      from old where old.told < old.token
      union all
      select 2, id, finished_at, 'failed', token, claimant, error from old where old.told < old.token
      union all
      select 3, id, now(), 'replayed', token, $3::text, $4::text from old
    ) c
    order by c.place
  ), listed as (
    insert into ${t.straggler} (list, action, intent_id, created_xid)
    select l.list, old.action, old.id, old.created_xid from old, (values ('open'), ('purge')) as l (list)
    on conflict do nothing
  )
  select ${recordColumns(t, 'i')} from replayed i`;
