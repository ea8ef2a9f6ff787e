import type { State } from '../../../states.ts';
import { recordColumns } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';
import { rememberObjects } from './external-objects.ts';

/**
 * Ends an attempt, or the doubt it left, in a way that the row alone can't tell: the claim and what came of it go
 * into the history within the same statement.
 *
 * $1 id, $2 token, $3 new state, $4 error or null (keeps the old one in a doubt), $5 milliseconds until due or null,
 * $6 event, $7 actor (null: the claimant), $8 detail, $9 result, $10 external id, $11 external URL,
 * $12 whether only an expired lease may be ended, $13 whether the doubt was asked about once more,
 * $14 whether somebody vouches that no attempt reached the remote, $15 whether the attempt tried nothing.
 */
export const endAttemptText = (t: Tables, from: readonly State[]): string => `
  with old as (
    select * from ${t.intent}
    where id = $1::uuid and token = $2::integer and state in (${stateList(from)})
      and (not $12::boolean or lease_until < now())
    for update
  ), ended as (
    update ${t.intent} i
    set state = $3::text,
      error = case when $3::text = 'succeeded' then null else coalesce($4::text, i.error) end,
      result = $9::text, external_id = $10::text, external_url = $11::text,
      due_at = now() + $5::float8 * interval '1 ms',
      lease_until = null,
      finished_at = case when $3::text in ('succeeded', 'failed') then now() end,
      -- a holder's sure "not performed" takes back its own mark, never an earlier attempt's; a person may vouch for all
      sent_at = case when $3::text = 'pending' and ($14::boolean or ($7::text is null and i.sent_at = i.claimed_at))
        then null else i.sent_at end,
      asked = case when $13::boolean then i.asked + 1 when $3::text = 'in_doubt' then i.asked else 0 end,
      tries = i.tries - $15::boolean::integer,
      told = i.token
    from old
    where i.id = old.id
    returning i.*
  ), made as (
    ${rememberObjects(t, 'ended')}
  ), told as (
    insert into ${t.history} (intent_id, at, event, attempt, actor, detail)
    select c.intent_id, c.at, c.event, c.attempt, c.actor, c.detail
    from (
      select 1 as place, id as intent_id, claimed_at as at, 'claimed' as event, token as attempt, claimant as actor,
        null::text as detail
      from old where old.told < old.token
      union all
      select 2, id, now(), $6::text, token, coalesce($7::text, claimant), $8::text from old
    ) c
    -- what waits for weeks would fill the history with one and the same reason
    where not ($15::boolean and (select error = $4::text from old) is true)
    order by c.place
  )
  select ${recordColumns(t, 'i')} from ended i`;
