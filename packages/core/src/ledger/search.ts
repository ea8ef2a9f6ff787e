import { InvalidQuery } from '../errors.ts';
import { entityIdsOf, idsOfKey } from '../intent/read-key.ts';
import { STATES, type State } from '../states.ts';
import type { IntentRecord } from './record.ts';

/** What to look for; all that is given must hold. Without anything: every intent within its replay window. */
export interface SearchQuery {
  /** An intent's id, its exact readable key, or the id of what it made: the last as `externalId`. */
  readonly text?: string | undefined;
  readonly action?: string | undefined;
  /** Any of these; default: all. */
  readonly states?: readonly State[] | undefined;
  /** Tenant. A key or an entity's fields that belong to a tenant are found together with it only. */
  readonly scope?: string | undefined;
  /** What intents share: its fields and values like `recordId=R-7`, or its id. */
  readonly entity?: string | undefined;
  /** Exact id of what was made or changed at the remote. */
  readonly externalId?: string | undefined;
  /** Submitted at this time or later. */
  readonly from?: Date | undefined;
  /** Submitted before this time. */
  readonly to?: Date | undefined;
  /** Where a page before ended: its `next`. */
  readonly after?: string | undefined;
  /** Intents on a page at most, 1 to 500; default 50. */
  readonly limit?: number | undefined;
}

/** An intent in a list: its record without input and result, which may be large. */
export type IntentSummary = Omit<IntentRecord, 'input' | 'result'> & {
  /** Id of the shared entity that it acts on. */
  readonly entity: string | null;
};

/**
 * One page, the newest submission first. `next` leads to the page after it; a page may hold fewer than `limit`, or
 * none, and still have one: a search looks at so many intents a page and no further.
 */
export interface SearchPage {
  readonly intents: readonly IntentSummary[];
  readonly next: string | null;
}

/** How many intents are in one state. */
export interface StateCount {
  /** `null`: of all actions together. */
  readonly action: string | null;
  readonly state: State;
  readonly count: number;
  /** `false` where counting on would take long: then `succeeded` is an estimate, and of any other there are at least so many. */
  readonly exact: boolean;
}

/** How long an action's oldest pending intent has been there. */
export interface OldestPending {
  readonly action: string;
  /** Milliseconds since its submission. */
  readonly ageMs: number;
}

/** What to count. */
export interface CountQuery {
  /** Counts each action by itself; default `false`. */
  readonly byAction?: boolean | undefined;
  /** Counts this action only. */
  readonly action?: string | undefined;
}

/**
 * How people find intents. What is past its replay window is found by its id and its key only; lists and counts leave
 * it out.
 */
export interface LedgerSearch {
  /**
   * Finds intents, the newest first.
   *
   * @throws {InvalidQuery} naming what in the query can't be; or when it took too long.
   */
  search(query: SearchQuery): Promise<SearchPage>;
  /** Counts intents by state; states without any are left out. */
  counts(query?: CountQuery): Promise<readonly StateCount[]>;
  /** Tells the age of each action's oldest pending intent; actions without one are left out. */
  oldestPending(): Promise<readonly OldestPending[]>;
}

/** Intents on a page unless a query says otherwise. */
export const DEFAULT_PAGE = 50;
/** Intents on a page at most. */
export const MAX_PAGE = 500;

/** A place in the order of submission: everything after it is older. */
export interface SearchPlace {
  readonly xid: string;
  readonly id: string;
}

/** A checked query: texts are turned into what the ledger keeps. */
export interface Criteria {
  /** Ids that a text can mean, and that text; `null` where there is none. */
  readonly text: { readonly ids: readonly string[]; readonly externalId: string } | null;
  readonly action: string | null;
  readonly states: readonly State[] | null;
  readonly scope: string | null;
  readonly entities: readonly string[] | null;
  readonly externalId: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly after: SearchPlace | null;
  readonly limit: number;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PLACE = /^(\d{1,18})\/([0-9a-f-]{36})$/;

/**
 * Checks a query.
 *
 * @throws {InvalidQuery} naming what can't be.
 */
export function criteriaOf(query: SearchQuery): Criteria {
  const { limit = DEFAULT_PAGE, states = null, scope = null } = query;
  const text = query.text?.trim() ?? '';
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw new InvalidQuery(`limit: a whole number from 1 to ${MAX_PAGE} (got ${String(limit)})`);
  return {
    text: text === '' ? null : { ids: idsIn(text, scope), externalId: wellFormed('text', text) },
    action: textOf('action', query.action),
    states: states === null ? null : states.map(stateOf),
    scope: textOf('scope', query.scope),
    entities: query.entity === undefined ? null : entitiesIn(query.entity, scope),
    externalId: textOf('externalId', query.externalId),
    from: dateOf('from', query.from),
    to: dateOf('to', query.to),
    after: query.after === undefined ? null : placeOf(query.after),
    limit,
  };
}

/** Turns a place into the text that a page hands out as `next`. */
export function cursorOf({ xid, id }: SearchPlace): string {
  return Buffer.from(`${xid}/${id}`).toString('base64url');
}

function placeOf(cursor: string): SearchPlace {
  const [, xid, id] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (xid === undefined || id === undefined || !UUID.test(id))
    throw new InvalidQuery("after: isn't the `next` of a page");
  return { xid, id };
}

function idsIn(text: string, scope: string | null): string[] {
  return UUID.test(text) ? [text.toLowerCase()] : [...new Set(idsOfKey(text, scope))];
}

function entitiesIn(text: string, scope: string | null): string[] {
  const ids = entityIdsOf(text, scope);
  if (ids.length > 0) return ids;
  throw new InvalidQuery(
    'entity: fields and values like recordId=R-7, joined by commas, or an id of 64 hex digits',
  );
}

function stateOf(state: State): State {
  if (STATES.includes(state)) return state;
  throw new InvalidQuery(
    `states: no state is named ${JSON.stringify(state)}; there are ${STATES.join(', ')}`,
  );
}

function dateOf(name: string, date: Date | undefined): Date | null {
  if (date === undefined) return null;
  if (Number.isNaN(date.getTime())) throw new InvalidQuery(`${name}: isn't a time`);
  return date;
}

function textOf(name: string, text: string | undefined): string | null {
  return text === undefined ? null : wellFormed(name, text);
}

/** What PostgreSQL can't store is in no intent, and it would refuse the question. */
function wellFormed(name: string, text: string): string {
  if (text.isWellFormed() && !text.includes('\u0000')) return text;
  throw new InvalidQuery(`${name}: has a NUL character or a lone surrogate`);
}
