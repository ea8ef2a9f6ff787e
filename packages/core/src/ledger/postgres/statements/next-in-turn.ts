import type { Tables } from '../tables.ts';

/** The intent whose turn it is on the entity of another one. $1 that one's id. */
export const nextInTurnText = (t: Tables): string => `
  select i.id, i.action
  from ${t.turn} n
  join ${t.intent} i on i.id = n.intent_id
  where n.entity = (select entity from ${t.intent} where id = $1::uuid)
  order by n.place
  limit 1`;
