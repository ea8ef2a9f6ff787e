import { statesBefore } from '../../../states.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';

/**
 * Parts of the two statements by which a person has an intent performed once more, `replay` and `rerun`. Both hold the
 * row as it was in `old`.
 *
 * $1 id, $2 token, $3 who, $4 detail.
 */
export const oldRow = (t: Tables, step: 'replay' | 'rerun'): string => `
    select * from ${t.intent}
    where id = $1::uuid and token = $2::integer and purged_at is null
      and state in (${stateList(statesBefore(step))})
    for update`;

/**
 * Tells how the last attempt began and ended, where the row alone told it so far, and then what the person decided.
 *
 * @param ended SQL of that ending's event and its detail
 * @param decided SQL of the decision's event and of the token it goes under
 */
export const chapter = (
  t: Tables,
  ended: { readonly event: string; readonly detail: string },
  decided: { readonly event: string; readonly token: string },
): string => `
    insert into ${t.history} (intent_id, at, event, attempt, actor, detail)
    select c.intent_id, c.at, c.event, c.attempt, c.actor, c.detail
    from (
      select 1 as place, id as intent_id, claimed_at as at, 'claimed' as event, token as attempt, claimant as actor,
        null::text as detail
      from old where old.told < old.token
      union all
      select 2, id, finished_at, '${ended.event}', token, claimant, ${ended.detail}
      from old where old.told < old.token
      union all
      select 3, id, now(), '${decided.event}', ${decided.token}, $3::text, $4::text from old
    ) c
    order by c.place`;

/** Puts it on the lists of the sweep and of the clean-up, whose watermarks may have passed it. */
export const putOnLists = (t: Tables): string => `
    insert into ${t.straggler} (list, action, intent_id, created_xid)
    select l.list, old.action, old.id, old.created_xid from old, (values ('open'), ('purge')) as l (list)
    on conflict do nothing`;
