import { type SearchQuery, STATES, type State } from '@latchkey/core';

/** What the search form holds, as texts: what its address says, and what its fields show. */
export interface SearchForm {
  readonly text: string;
  readonly action: string;
  readonly state: string;
  readonly scope: string;
  readonly entity: string;
  readonly externalId: string;
  readonly from: string;
  readonly to: string;
  readonly after: string;
}

const FIELDS = ['text', 'action', 'state', 'scope', 'entity', 'externalId', 'from', 'to', 'after'] as const;

/** Intents on one page of the list. */
const PAGE = 50;

/** Reads the form off an address's query; of a field that is there twice, the first counts. */
export function readSearchForm(query: unknown): SearchForm {
  const given = Object(query) as Record<string, unknown>;
  const read = (name: string): string => {
    const value = Array.isArray(given[name]) ? (given[name] as unknown[])[0] : given[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  return Object.fromEntries(FIELDS.map((name) => [name, read(name)])) as unknown as SearchForm;
}

/** Turns the form into a search; the ledger says what in it can't be. */
export function searchOf(form: SearchForm): SearchQuery {
  const some = (text: string): string | undefined => (text === '' ? undefined : text);
  return {
    text: some(form.text),
    action: some(form.action),
    states: form.state === '' ? undefined : [form.state as State],
    scope: some(form.scope),
    entity: some(form.entity),
    externalId: some(form.externalId),
    from: form.from === '' ? undefined : utc(form.from),
    to: form.to === '' ? undefined : utc(form.to),
    after: some(form.after),
    limit: PAGE,
  };
}

/** Tells whether the form looks for anything at all. */
export function isSearch({ after: _, ...form }: SearchForm): boolean {
  return Object.values(form).some((text) => text !== '');
}

/** The address of the list with some fields changed. */
export function addressOf(form: SearchForm, changed: Partial<SearchForm> = {}): string {
  const fields = Object.entries({ ...form, ...changed }).filter(([, text]) => text !== '');
  return fields.length === 0 ? '/intents' : `/intents?${new URLSearchParams(fields)}`;
}

/** States in the order of a filter: what waits for people first. */
export const STATES_SHOWN: readonly State[] = [
  'in_doubt',
  'awaiting_approval',
  ...STATES.filter((state) => state !== 'in_doubt' && state !== 'awaiting_approval'),
];

/** The field of a form names no time zone, and pages show UTC. */
function utc(local: string): Date {
  return new Date(/[zZ]$|[+-]\d\d:?\d\d$/.test(local) || !local.includes('T') ? local : `${local}Z`);
}
