import type { AnyAction } from '@latchkey/core';
import { type IntentRecord, type Superseded, traceparentOf } from '@latchkey/core';
import type { FoundIntent } from '../../client/operator.ts';
import { type Preview, previewOf } from '../../client/preview.ts';
import type { Person } from '../access/authenticate.ts';
import { suffices } from '../access/roles.ts';
import { DEEDS, type Deed, isPossible } from '../deeds.ts';
import { badge } from './badge.ts';
import { type Child, type Html, html } from './html.ts';
import { page } from './layout.ts';
import { safeLink, shown, shownJson } from './shown.ts';
import { ago, moment } from './spans.ts';
import { standing } from './standing.ts';
import { timeline } from './timeline.ts';

/** What the page of one intent shows. */
export interface IntentView {
  readonly found: FoundIntent;
  /** `null` where this console doesn't know the action. */
  readonly action: AnyAction | null;
  readonly person: Person;
  readonly job: JobView;
  /** What was just done, to say so. */
  readonly done: Deed | null;
}

/** The intent's job in the queue; `state` is `null` where the queue didn't say. */
export interface JobView {
  readonly href: string;
  readonly state: string | null;
}

/** The page of one intent: where it stands, what can be done, its story, and what it holds. */
export function intentPage({ found, action, person, job, done }: IntentView): Html {
  const { record, story, superseded } = found;
  return page({
    title: record.purged ? record.id : record.key,
    person,
    here: 'intents',
    main: html`<div data-live>
${done === null ? null : html`<p class="notice" role="status">${DEEDS[done].done}</p>`}
<header class="intent-head">
<p class="crumbs"><a href="/intents">Intents</a> / ${shown(record.action)}</p>
<h1 class="key">${record.purged ? record.id : shown(record.key)}</h1>
<p class="standing">${badge(record.purged ? 'purged' : record.state)} <span>${standing(record)}</span></p>
${record.error === null || record.state === 'succeeded' ? null : html`<p class="error"><b>${record.error.code}</b> ${shown(record.error.message)}</p>`}
${record.unreadable === undefined ? null : html`<p class="error">${shown(record.unreadable.message)}</p>`}
${deeds(record, action, person)}
</header>
<div class="columns">
<section aria-labelledby="story"><h2 id="story">Story</h2>${timeline(story)}</section>
<div class="side">
<section aria-labelledby="facts"><h2 id="facts">Facts</h2>${facts(record, action, job)}</section>
<section aria-labelledby="retry"><h2 id="retry">If its job is delivered or retried now</h2>${preview(previewOf(action, record, 'retry-job'))}</section>
${payload('Input', 'input', record.input, record.purged)}
${payload('Result', 'result', record.result, false)}
${superseded.map(earlier)}
</div>
</div>
</div>`,
  });
}

/** What will happen, in words and with a mark. */
export function preview({ leadsTo, says, warning }: Preview): Html {
  return html`<div class="preview leads-${leadsTo}"><p><b class="leads">${LEADS[leadsTo]}</b> ${says}</p>${
    warning === null ? null : html`<p class="warning"><b>Can’t be ruled out.</b> ${warning}</p>`
  }</div>`;
}

const LEADS: Readonly<Record<Preview['leadsTo'], string>> = {
  refused: 'Not possible.',
  nothing: 'No effect.',
  effect: 'Performs.',
  ask: 'Settles the doubt, or holds it.',
};

function deeds(record: IntentRecord, action: AnyAction | null, person: Person): Html | null {
  const possible = (Object.keys(DEEDS) as Deed[]).filter((deed) => isPossible(deed, action, record));
  if (possible.length === 0) return null;
  const buttons = possible.map((deed) => {
    const { label, needs } = DEEDS[deed];
    return suffices(person.role, needs)
      ? html`<a class="button ${deed === 'approve' ? 'primary' : ''}" id="do-${deed}" href="/intents/${record.id}/${deed}">${label}…</a>`
      : html`<span class="button off" title="needs the role ${needs}">${label} <small>needs ${needs}</small></span>`;
  });
  return html`<p class="deeds">${buttons}</p>`;
}

function facts(record: IntentRecord, action: AnyAction | null, job: JobView): Html {
  const trace = traceparentOf(record.id, record.traceparent).split('-')[1] ?? '';
  const link = safeLink(record.externalUrl);
  const kind = record.kind ?? action?.effect.kind ?? null;
  return html`<dl class="facts">
${fact('Intent', html`<code>${record.id}</code>`)}
${fact('Action', html`${shown(record.action)}${kind === null ? null : html` <small>${kind}</small>`}`)}
${record.scope === null ? null : fact('Scope', shown(record.scope))}
${fact('Submitted', html`${moment(record.createdAt)} <small>${ago(record.createdAt)}</small>`)}
${record.finishedAt === null ? null : fact('Finished', html`${moment(record.finishedAt)} <small>${ago(record.finishedAt)}</small>`)}
${record.generation === 1 ? null : fact('Generation', record.generation)}
${fact('Attempts', record.token)}
${record.claimant === null ? null : fact('Worker', html`<code>${shown(record.claimant)}</code>`)}
${fact('Job', html`<a href="${job.href}">${jobText(job)}</a>`)}
${fact('Trace', html`<code>${trace}</code>${record.traceparent === null ? html` <small>made from the intent id</small>` : null}`)}
${record.externalId === null ? null : fact('Created', html`<code>${shown(record.externalId)}</code>`)}
${record.externalUrl === null ? null : fact('At', link === null ? html`<code>${shown(record.externalUrl)}</code>` : html`<a href="${link}" rel="noopener noreferrer" target="_blank">${shown(record.externalUrl)}</a>`)}
${record.purged ? null : fact('Fingerprint', html`<code>${record.fingerprint}</code>`)}
</dl>`;
}

function jobText({ state }: JobView): string {
  if (state === null) return 'in Bull Board';
  return state === 'unknown' ? 'done and removed' : state;
}

function fact(name: string, value: Child): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** How an earlier generation ended, before a person had the intent performed once more. */
function earlier({ generation, externalId, result, finishedAt, by, reason }: Superseded): Html {
  return html`<section><h2>Generation ${generation}, superseded</h2><dl class="facts">
${fact('Succeeded', moment(finishedAt))}
${externalId === null ? null : fact('Created', html`<code>${shown(externalId)}</code>`)}
${fact('Rerun by', shown(by))}
${fact('Reason', shown(reason))}
</dl>${result === null ? null : html`<pre class="payload" tabindex="0">${shownJson(result)}</pre>`}</section>`;
}

function payload(title: string, id: string, json: string | null, purged: boolean): Html | null {
  if (json === null && !purged) return null;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${
    json === null
      ? html`<p class="muted">not kept any more</p>`
      : html`<pre class="payload" tabindex="0">${shownJson(json)}</pre>`
  }</section>`;
}
