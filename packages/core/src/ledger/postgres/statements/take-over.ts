import { recordColumns } from '../record-row.ts';
import type { Tables } from '../tables.ts';

/**
 * Claims anew what an expired lease or a doubt holds; the claim it replaces goes into the history.
 *
 * $1 id, $2 token that it replaces, $3 claimant, $4 kind, $5 lease in milliseconds.
 */
export const takeOverText = (t: Tables): string => `
  with old as (
    select * from ${t.intent}
    where id = $1::uuid and token = $2::integer
      and ((state = 'claimed' and lease_until < now()) or (state = 'in_doubt' and due_at <= now()))
    for update
  ), claimed as (
    update ${t.intent} i
    set state = 'claimed', token = i.token + 1, tries = i.tries + 1, told = i.token, kind = $4::text,
      claimant = $3::text, claimed_at = now(), lease_until = now() + $5::integer * interval '1 ms', due_at = null, asked = 0
    from old
    where i.id = old.id
    returning i.*
  ), told as (
    insert into ${t.history} (intent_id, at, event, attempt, actor)
    select c.intent_id, c.at, c.event, c.attempt, c.actor
    from (
      select 1 as place, id as intent_id, claimed_at as at, 'claimed' as event, token as attempt, claimant as actor
      from old where old.told < old.token
      union all
      select 2, id, now(), 'lease_expired', token, claimant from old where old.state = 'claimed'
    ) c
    order by c.place
  )
  select ${recordColumns(t, 'i')} from claimed i`;
