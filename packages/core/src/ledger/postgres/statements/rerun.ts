import { statesBefore } from '../../../states.ts';
import { recordColumns } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';

/**
 * Makes a succeeded intent pending again as a new generation; how the old one ended is kept beside it.
 *
 * The decision takes a token of its own, so that nothing that an attempt of the old generation still says is taken for a
 * word about the new one. The watermarks may have passed it, so that it goes on their lists.
 *
 * $1 id, $2 token, $3 who, $4 detail: JSON with the reason.
 */
export const rerunText = (t: Tables): string => `
  with old as (
    select * from ${t.intent}
    where id = $1::uuid and token = $2::integer and purged_at is null
      and state in (${stateList(statesBefore('rerun'))})
    for update
  ), rerun as (
    update ${t.intent} i
    set state = 'pending', generation = i.generation + 1, rerun_at = now(), token = i.token + 1, told = i.token + 1,
      tries = 0, asked = 0, result = null, external_id = null, external_url = null, error = null, finished_at = null,
      due_at = null, sent_at = null
    from old
    where i.id = old.id
    returning i.*
  ), kept as (
    insert into ${t.superseded} (intent_id, generation, attempt, claimant, result, external_id, external_url,
      finished_at, superseded_by, reason)
    select id, generation, token, claimant, result, external_id, external_url, finished_at, $3::text, $4::json ->> 'reason'
    from old
  ), told as (
    insert into ${t.history} (intent_id, at, event, attempt, actor, detail)
    select c.intent_id, c.at, c.event, c.attempt, c.actor, c.detail
    from (
      select 1 as place, id as intent_id, claimed_at as at, 'claimed' as event, token as attempt, claimant as actor,
        null::text as detail
      from old where old.told < old.token
      union all
      select 2, id, finished_at, 'succeeded', token, claimant,
        case when external_id is not null then json_build_object('externalId', external_id)::text end
      from old where old.told < old.token
      union all
      select 3, id, now(), 'rerun', token + 1, $3::text, $4::text from old
    ) c
    order by c.place
  ), listed as (
    insert into ${t.straggler} (list, action, intent_id, created_xid)
    select l.list, old.action, old.id, old.created_xid from old, (values ('open'), ('purge')) as l (list)
    on conflict do nothing
  )
  select ${recordColumns(t, 'i')} from rerun i`;
