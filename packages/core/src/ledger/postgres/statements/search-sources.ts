import type { State } from '../../../states.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';
import { digestOf } from './external-objects.ts';

/** Collects a statement's parameters as they are written into it. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Adds a value; answers the placeholder that stands for it. */
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** Where a source begins, and how many places it gives at most. */
export interface Stretch {
  readonly xid: string;
  readonly id: string;
  readonly length: string;
}

/** Intents that a search looks at: a part of a statement that gives places (`created_xid`, `id`), newest first. */
export type Source = string;

/** States that are kept in a table of their own, because few intents are in them. */
export const NOTABLE = [
  'awaiting_approval',
  'in_doubt',
  'failed',
  'rejected',
  'cancelled',
  'expired',
] as const;
/** States of intents that are on their way: they are among the unfinished that a sweep sees. */
export const ON_THEIR_WAY = ['pending', 'claimed'] as const;

/** One stretch of an index in the order of submission, newest first. */
function stretchOf(from: string, id: string, where: string, { xid, id: before, length }: Stretch): Source {
  return `(select created_xid, ${id} as id from ${from}
    where ${where} and created_xid <= ${xid} and (created_xid < ${xid} or ${id} < ${before})
    order by created_xid desc, ${id} desc limit ${length})`;
}

/**
 * All intents of an action that a list of the sweep holds: those from its watermark on, and the stragglers behind it.
 * With `open` these are all unfinished ones, with `purge` all that aren't tombstones, and others among them.
 *
 * A watermark beyond the present comes from another cluster, and says nothing.
 */
export function listed(t: Tables, list: 'open' | 'purge', action: string, stretch: Stretch): Source {
  const mark = `coalesce((select w.${list}_from from ${t.watermark} w where w.action = ${action}
    and w.${list}_from <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint), 0)`;
  const recent = stretchOf(t.intent, 'id', `action = ${action} and created_xid >= ${mark}`, stretch);
  const older = stretchOf(
    t.straggler,
    'intent_id',
    `list = '${list}' and action = ${action} and created_xid < ${mark}`,
    stretch,
  );
  return `${recent} union all ${older}`;
}

/** Intents in one of the states that few are in. */
export function notable(t: Tables, state: State, action: string | null, stretch: Stretch): Source {
  const ofAction = action === null ? '' : `action = ${action} and `;
  return stretchOf(t.notable, 'intent_id', `${ofAction}state in (${stateList([state])})`, stretch);
}

/** Intents on one shared entity. */
export function ofEntity(t: Tables, entity: string, stretch: Stretch): Source {
  return stretchOf(t.intent, 'id', `entity = ${entity}`, stretch);
}

/** Intents of one tenant. */
export function ofScope(t: Tables, scope: string, stretch: Stretch): Source {
  return stretchOf(t.intent, 'id', `scope = ${scope}`, stretch);
}

/** Intents that made or changed one object of a remote, and few others. */
export function ofObject(t: Tables, externalId: string, stretch: Stretch): Source {
  return stretchOf(t.externalObject, 'intent_id', `digest = ${digestOf(externalId)}`, stretch);
}

/** Intents by id; an id of an earlier key version leads to the intent that took it over. */
export function byIds(t: Tables, ids: string, { xid, id, length }: Stretch): Source {
  return `(select i.created_xid, i.id from unnest(${ids}) as w (id)
    join ${t.intent} a on a.id = w.id
    join ${t.intent} i on i.id = coalesce(a.alias_of, a.id)
    where i.created_xid <= ${xid} and (i.created_xid < ${xid} or i.id < ${id})
    order by i.created_xid desc, i.id desc limit ${length})`;
}
