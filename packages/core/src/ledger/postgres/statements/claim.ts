import { statesBefore } from '../../../states.ts';
import type { ClaimWish } from '../../ledger.ts';
import { recordColumns, turnOf } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';

/**
 * Claims those wished-for intents that are pending and due, and shows the others as they stand: "is it finished?"
 * and "claim it" in one round trip.
 *
 * What another session claims at the same moment is shown as it stood before, so that the caller asks again.
 */
export const claimText = (t: Tables): string => `
  with wish as materialized (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[])
      as w (id, claimant, kind, lease_ms, action)
  ), claimed as (
    update ${t.intent} i
    set state = 'claimed', token = i.token + 1, tries = i.tries + 1, kind = w.kind, claimant = w.claimant,
      claimed_at = now(), sent_at = coalesce(i.sent_at, now()),
      lease_until = now() + w.lease_ms * interval '1 ms', due_at = null
    from wish w
    where i.id = w.id and i.action = coalesce(w.action, i.action) and i.alias_of is null
      and i.state in (${stateList(statesBefore('claim'))})
      and (i.due_at is null or i.due_at <= now()) and (i.entity is null or ${turnOf(t, 'i')} = 'next')
    returning i.id as asked_id, ${recordColumns(t, 'i')}
  )
  select true as mine, c.* from claimed c
  union all
  select false as mine, w.id as asked_id, ${recordColumns(t, 'i')}
  from wish w
  join ${t.intent} a on a.id = w.id
  join ${t.intent} i on i.id = coalesce(a.alias_of, a.id)
  where w.id not in (select c.id from claimed c)`;

/** Parameters of `claimText`. */
export function claimValues(wishes: readonly ClaimWish[]): unknown[][] {
  return [
    wishes.map((w) => w.id),
    wishes.map((w) => w.claimant),
    wishes.map((w) => w.kind),
    wishes.map((w) => w.leaseMs),
    wishes.map((w) => w.action ?? null),
  ];
}
