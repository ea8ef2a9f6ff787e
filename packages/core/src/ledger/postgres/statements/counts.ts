import type { Tables } from '../tables.ts';
import type { Query } from './search.ts';
import { listed, NOTABLE, notable, Parameters } from './search-sources.ts';

/** Up to here intents in a rare state are counted one by one: their table is small, and its index tells. */
export const COUNTED = 10_000;
/** As many intents of an action are looked at for the other states: each is read from its own row. */
export const COUNTED_AMONG = 2_500;

/**
 * Counts one action's intents as far as that is quick: those in rare states by their own table, the others among what
 * the lists of the sweep hold. `exact` says whether nothing was left uncounted.
 */
export function countsQuery(t: Tables, action: string): Query {
  const p = new Parameters();
  const name = p.add(action, 'text');
  const most = p.add(COUNTED, 'integer');
  const among = p.add(COUNTED_AMONG, 'integer');
  const stretch = {
    xid: p.add('9223372036854775807', 'bigint'),
    id: p.add('ffffffff-ffff-ffff-ffff-ffffffffffff', 'uuid'),
    length: p.add(COUNTED + 1, 'integer'),
  };
  const shorter = { ...stretch, length: p.add(COUNTED_AMONG + 1, 'integer') };
  const rare = NOTABLE.map(
    (
      state,
    ) => `select '${state}' as state, least(count(*), ${most})::integer as count, count(*) <= ${most} as exact
      from (${notable(t, state, name, stretch)}) n`,
  );
  const countAmong = (list: 'open' | 'purge', ...states: string[]) => `
    select s.state, s.count, c.exact
    from (
      select count(*) <= ${among} as exact, ${states.map((state) => `${countOf(state)} as ${state}`).join(', ')}
      from (select id from (${listed(t, list, name, shorter)}) m limit ${among} + 1) l
      join ${t.intent} i on i.id = l.id
    ) c, lateral (values ${states.map((state) => `('${state}', c.${state})`).join(', ')}) s (state, count)`;
  const text = [...rare, countAmong('open', 'pending', 'claimed'), countAmong('purge', 'succeeded')].join(
    ' union all ',
  );
  return { text, values: p.values };
}

const countOf = (state: string): string =>
  `(count(*) filter (where i.state = '${state}' and i.purged_at is null))::integer`;

/** What the planner expects of a count that would take long; its statistics are as old as the last ANALYZE. $1 action. */
export const estimateText = (t: Tables): string =>
  `explain (format json) select from ${t.intent} where state = 'succeeded' and purged_at is null and action = $1::text`;
