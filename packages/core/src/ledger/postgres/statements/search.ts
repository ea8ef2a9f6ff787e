import type { Criteria, SearchPlace } from '../../search.ts';
import { summaryColumns } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';
import { madeObject } from './external-objects.ts';
import {
  byIds,
  listed,
  NOTABLE,
  notable,
  ON_THEIR_WAY,
  ofEntity,
  ofObject,
  ofScope,
  Parameters,
  type Source,
  type Stretch,
} from './search-sources.ts';

/** Intents that one page looks at; what doesn't match among them makes the page shorter. */
export const LOOKED_AT = 1_000;

/** A statement with its parameters. */
export interface Query {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Finds one page. The rarest thing that a query names decides which index is walked; everything else is asked of the
 * rows. Each row of the answer carries the last place that was looked at, how many were, and whether all of them are
 * too old; there is one row at least.
 */
export function searchQuery(
  t: Tables,
  criteria: Criteria,
  from: SearchPlace,
  actions: readonly string[],
): Query {
  const p = new Parameters();
  const length = p.add(LOOKED_AT, 'integer');
  const stretch = { xid: p.add(from.xid, 'bigint'), id: p.add(from.id, 'uuid'), length };
  const sources = sourcesOf(t, criteria, actions, p, stretch);
  const wanted = wantedOf(t, criteria, p);
  const tooOld =
    criteria.from === null
      ? 'false'
      : `not exists (select from looked l join ${t.intent} i on i.id = l.id
          where i.created_at >= ${p.add(criteria.from, 'timestamptz')})`;
  const text = `
    with looked as materialized (
      select created_xid, id, doubt from (${sources.join('\n    union all ')}) s
      order by created_xid desc, id desc limit ${length}
    ), last as (
      select created_xid, id, (select count(*) from looked)::integer as looked_at, ${tooOld} as too_old
      from looked order by created_xid, id limit 1
    )
    select l.created_xid::text as last_xid, l.id as last_id, l.looked_at, l.too_old, h.*
    from last l left join (
      select k.created_xid::text as xid, i.entity, ${summaryColumns(t, 'i')}
      from looked k join ${t.intent} i on i.id = k.id
      where ${wanted.join(' and ')}
      order by k.created_xid desc, k.id desc limit ${p.add(criteria.limit + 1, 'integer')}
    ) h on true
    order by h.xid::bigint desc, h.id desc`;
  return { text, values: p.values };
}

/** What is still to be asked of a row that a source gave: nothing, whether it is unfinished, whether it is this object. */
type Doubt = 'none' | 'unfinished' | 'object';

function sourcesOf(
  t: Tables,
  criteria: Criteria,
  actions: readonly string[],
  p: Parameters,
  stretch: Stretch,
): Source[] {
  const marked = (source: Source, doubt: Doubt = 'none') =>
    `select created_xid, id, '${doubt}' as doubt from (${source}) m`;
  const { text, externalId, entities, scope, action, states } = criteria;
  const object = externalId ?? text?.externalId;
  const objects = () => marked(ofObject(t, p.add(object, 'text'), stretch), 'object');
  if (text !== null) return [marked(byIds(t, p.add(text.ids, 'uuid[]'), stretch)), objects()];
  if (externalId !== null) return [objects()];
  if (entities !== null) {
    return entities.map((entity) => marked(ofEntity(t, p.add(entity, 'text'), stretch)));
  }
  const named = () => actions.map((name) => p.add(name, 'text'));
  if (states !== null && !states.includes('succeeded')) {
    const rare = NOTABLE.filter((state) => states.includes(state));
    const only = action === null || rare.length === 0 ? null : p.add(action, 'text');
    const open = ON_THEIR_WAY.some((state) => states.includes(state)) ? named() : [];
    return [
      ...rare.map((state) => marked(notable(t, state, only, stretch))),
      ...open.map((name) => marked(listed(t, 'open', name, stretch), 'unfinished')),
    ];
  }
  if (scope !== null) return [marked(ofScope(t, p.add(scope, 'text'), stretch))];
  return named().map((name) => marked(listed(t, 'purge', name, stretch)));
}

function wantedOf(t: Tables, criteria: Criteria, p: Parameters): string[] {
  const { text, action, states, scope, entities, externalId, from, to } = criteria;
  return [
    // one that is out of the ordinary comes from a source of its own as well
    `(k.doubt <> 'unfinished' or i.state in (${stateList(ON_THEIR_WAY)}))`,
    ...(text === null
      ? ['i.purged_at is null']
      : [
          `(k.doubt <> 'object' or (${madeObject(t, 'i', p.add(text.externalId, 'text'))}
            and i.id <> all (${p.add(text.ids, 'uuid[]')})))`,
        ]),
    ...(action === null ? [] : [`i.action = ${p.add(action, 'text')}`]),
    ...(states === null ? [] : [`i.state = any (${p.add(states, 'text[]')})`]),
    ...(scope === null ? [] : [`i.scope = ${p.add(scope, 'text')}`]),
    ...(entities === null ? [] : [`i.entity = any (${p.add(entities, 'text[]')})`]),
    ...(externalId === null ? [] : [madeObject(t, 'i', p.add(externalId, 'text'))]),
    ...(from === null ? [] : [`i.created_at >= ${p.add(from, 'timestamptz')}`]),
    ...(to === null ? [] : [`i.created_at < ${p.add(to, 'timestamptz')}`]),
  ];
}

/** Names every action that has intents, by leaps from one to the next. */
export const actionsText = (t: Tables): string => `
  with recursive name as (
    (select action from ${t.intent} order by action limit 1)
    union all
    select (select i.action from ${t.intent} i where i.action > n.action order by i.action limit 1)
    from name n where n.action is not null
  )
  select action from name where action is not null`;

/**
 * The last place in the order of submission at which an intent of these actions was submitted before a time, by halving:
 * an intent is never submitted later than its transaction got its number. $1 actions, $2 time. No row: at none.
 */
export const placeOfTimeText = (t: Tables): string => `
  select max(low)::text as xid from unnest($1::text[]) as a (name), lateral (
    with recursive half as (
      select 0::bigint as low,
        (select max(created_xid) + 1 from ${t.intent} where action = a.name) as high
      union all
      select
        case when probe.early then probe.created_xid else h.low end,
        case when probe.early then h.high else h.low + (h.high - h.low) / 2 end
      from half h, lateral (
        select created_xid, created_at < $2::timestamptz as early from ${t.intent}
        where action = a.name and created_xid >= h.low + (h.high - h.low) / 2
        order by created_xid limit 1
      ) probe
      where h.low + 1 < h.high
    )
    select max(low) as low from half
  ) found`;
