import type { Tables } from '../tables.ts';

/** Whose turn it is on the entity of an intent, in order. $1 that one's id, $2 how many. */
export const nextInTurnText = (t: Tables): string => `
  select i.id, i.action
  from ${t.turn} n
  join ${t.intent} i on i.id = n.intent_id
  where n.entity = (select entity from ${t.intent} where id = $1::uuid)
  order by n.place
  limit $2::integer`;
