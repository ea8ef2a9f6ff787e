import type { IntentSummary, SearchPage, StateCount, WarnedKey } from '@latchkey/core';
import type { Person } from '../access/authenticate.ts';
import { addressOf, isSearch, type SearchForm, STATES_SHOWN } from '../search-form.ts';
import { badge, stateName } from './badge.ts';
import { type Child, type Html, html } from './html.ts';
import { keySigns } from './key-signs.ts';
import { page } from './layout.ts';
import { shown } from './shown.ts';
import { ago, span } from './spans.ts';

/** What the list shows. */
export interface ListView {
  readonly person: Person;
  readonly form: SearchForm;
  /** What the search found; a text where it can't be carried out. */
  readonly found: SearchPage | string;
  readonly counts: readonly StateCount[];
  /** What waits for people; empty on a search and on later pages. */
  readonly waiting: readonly Waiting[];
  /** Keys that were warned of lately; empty like `waiting`. */
  readonly warned: readonly WarnedKey[];
  readonly actions: readonly string[];
}

/** Intents of one state that wait for people. */
export interface Waiting {
  readonly state: 'in_doubt' | 'awaiting_approval';
  readonly intents: readonly IntentSummary[];
  readonly isMore: boolean;
}

/** The list of intents: what waits for people, how many are in each state, a search, and what it found. */
export function listPage(view: ListView): Html {
  const { person, form, found, counts, waiting, warned } = view;
  return page({
    title: 'Intents',
    person,
    here: 'intents',
    main: html`<div class="list-head"><h1>Intents</h1><div data-live id="counts">${countsOf(counts, form)}</div></div>
${searchForm(view)}
<div data-live id="found">
${waiting.map(attention)}
${keySigns(warned)}
<section aria-labelledby="all"><h2 id="all">${isSearch(form) ? 'Found' : 'Newest'}</h2>
${typeof found === 'string' ? html`<p class="warning" role="alert">${found}</p>` : results(found, form)}
</section>
</div>`,
  });
}

function countsOf(counts: readonly StateCount[], form: SearchForm): Html {
  const byState = new Map(counts.map((one) => [one.state, one]));
  const present = STATES_SHOWN.filter((state) => byState.has(state));
  if (present.length === 0) return html`<p class="muted">No intents yet.</p>`;
  return html`<ul class="counts">${present.map((state) => {
    const { count = 0, exact = true } = byState.get(state) ?? {};
    const isChosen = form.state === state;
    const href = addressOf(form, { state: isChosen ? '' : state, after: '' });
    return html`<li><a class="count count-${state}" href="${href}" ${isChosen ? html`aria-current="true"` : null}><b>${countText(count, exact, state)}</b> ${stateName(state)}</a></li>`;
  })}</ul>`;
}

function countText(count: number, exact: boolean, state: string): string {
  const number = count.toLocaleString('en-US');
  if (exact) return number;
  return state === 'succeeded' ? `≈ ${number}` : `≥ ${number}`;
}

function searchForm({ form, actions }: ListView): Html {
  const isOpen = ['action', 'scope', 'entity', 'externalId', 'from', 'to', 'state'].some(
    (name) => form[name as keyof SearchForm] !== '',
  );
  const option = (value: string, text: string, chosen: string): Html =>
    html`<option value="${value}" ${value === chosen ? html`selected` : null}>${text}</option>`;
  return html`<form class="search" action="/intents" method="get" role="search">
<div class="search-main"><label class="grow"><span class="hidden">Key, intent id, or id of what was created</span><input type="search" name="text" id="text" value="${form.text}" placeholder="Key, intent id, or id of what was created" autocomplete="off" spellcheck="false"></label><button class="button strong">Search</button></div>
<details class="more" id="more" ${isOpen ? html`open` : null}><summary>More fields</summary><div class="fields">
<label>State<select name="state">${option('', 'any', form.state)}${STATES_SHOWN.map((state) => option(state, stateName(state), form.state))}</select></label>
<label>Action<input name="action" list="actions" value="${form.action}" autocomplete="off" spellcheck="false"><datalist id="actions">${actions.map((name) => html`<option value="${name}">`)}</datalist></label>
<label>Scope<input name="scope" value="${form.scope}" autocomplete="off" spellcheck="false"></label>
<label>Entity<input name="entity" value="${form.entity}" placeholder="recordId=R-7" autocomplete="off" spellcheck="false"></label>
<label>Created object<input name="externalId" value="${form.externalId}" placeholder="TICKET-77" autocomplete="off" spellcheck="false"></label>
<label>Submitted from (UTC)<input type="datetime-local" name="from" value="${form.from}"></label>
<label>before (UTC)<input type="datetime-local" name="to" value="${form.to}"></label>
${isSearch(form) ? html`<a class="clear" href="/intents">Clear</a>` : null}
</div></details>
</form>`;
}

function attention({ state, intents, isMore }: Waiting): Html | null {
  if (intents.length === 0) return null;
  const title = state === 'in_doubt' ? 'In doubt' : 'Awaiting approval';
  const says =
    state === 'in_doubt'
      ? 'The effect may have happened. Nothing is performed again until the remote, or you, can tell.'
      : 'Nothing is performed until somebody decides.';
  return html`<section class="attention attention-${state}" aria-labelledby="${state}"><h2 id="${state}">${title}</h2><p class="says">${says}</p>
<ul class="waiting">${intents.map(waits)}</ul>
${isMore ? html`<p><a href="/intents?state=${state}">All that are ${stateName(state)}</a></p>` : null}</section>`;
}

function results({ intents, next }: SearchPage, form: SearchForm): Html {
  const more =
    next === null
      ? null
      : html`<p class="pages"><a class="button" rel="next" href="${addressOf(form, { after: next })}">Older</a></p>`;
  const first =
    form.after === ''
      ? null
      : html`<p class="pages"><a href="${addressOf(form, { after: '' })}">Back to the newest</a></p>`;
  if (intents.length === 0) {
    const says =
      next === null ? 'Nothing found.' : 'Nothing found so far; the search goes on with older ones.';
    return html`${first}<p class="muted">${isSearch(form) ? says : 'Nothing yet. Submit an intent, and it shows here.'}</p>${more}`;
  }
  return html`${first}${table(intents)}${more}`;
}

function table(intents: readonly IntentSummary[]): Html {
  return html`<table class="intents"><thead><tr><th>Intent</th><th>State</th><th>Created</th><th class="num">Attempts</th><th>Submitted</th></tr></thead>
<tbody>${intents.map(row)}</tbody></table>`;
}

function waits(intent: IntentSummary): Html {
  return html`<li>${named(intent)}<span class="since">${since(intent)}</span></li>`;
}

function row(intent: IntentSummary): Html {
  const { state, purged, externalId, token } = intent;
  return html`<tr>
<td class="intent">${named(intent)}</td>
<td>${badge(purged ? 'purged' : state)}</td>
<td class="made">${externalId === null ? html`<span class="muted">–</span>` : html`<code>${shown(externalId)}</code>`}</td>
<td class="num" data-label="attempts">${token}</td>
<td class="since">${since(intent)}</td>
</tr>`;
}

function named(intent: IntentSummary): Html {
  const { id, key, action, scope, purged } = intent;
  // a key begins with its action, which stands before it anyway
  const name = purged ? id : key.startsWith(`${action}:`) ? key.slice(action.length + 1) : key;
  return html`<span class="named"><a class="open" href="/intents/${id}" id="i-${id}"><span class="action">${shown(action)}</span> <span class="name">${shown(name)}</span></a>${scope === null ? null : html` <span class="scope">${shown(scope)}</span>`}${note(intent)}</span>`;
}

function since({ createdAt }: IntentSummary): Html {
  const iso = createdAt.toISOString();
  return html`<time datetime="${iso}" title="${iso}">${ago(createdAt)}</time>`;
}

function note({ state, error, dueInMs }: IntentSummary): Child {
  if (state === 'awaiting_approval' && dueInMs !== null)
    return html`<span class="note">${dueInMs > 0 ? `expires in ${span(Math.ceil(dueInMs / 60_000) * 60_000)}` : 'its time is over'}</span>`;
  if ((state === 'in_doubt' || state === 'failed') && error !== null)
    return html`<span class="note">${error.code}: ${shown(error.message.slice(0, 160))}</span>`;
  return null;
}
