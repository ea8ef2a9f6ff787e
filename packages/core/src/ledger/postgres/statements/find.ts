import { recordColumns } from '../record-row.ts';
import type { Tables } from '../tables.ts';

/** Reads intents by id; an id of an earlier key version finds the intent that took it over. */
export const findText = (t: Tables): string => `
  select a.id as asked_id, ${recordColumns(t, 'i')}
  from unnest($1::uuid[]) as w (id)
  join ${t.intent} a on a.id = w.id
  join ${t.intent} i on i.id = coalesce(a.alias_of, a.id)`;
