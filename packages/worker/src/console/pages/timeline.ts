import type { HistoryEntry } from '@latchkey/core';
import { type Html, html } from './html.ts';
import { shown } from './shown.ts';
import { moment, span } from './spans.ts';

/** How an entry looks: what went well, what needs a person, what ended, what a person did. */
type Tone = 'plain' | 'good' | 'bad' | 'doubt' | 'person';

const EVENTS: Readonly<Record<string, readonly [title: string, tone: Tone]>> = {
  submitted: ['Submitted', 'plain'],
  claimed: ['Claimed', 'plain'],
  succeeded: ['Succeeded', 'good'],
  failed: ['Failed: surely no effect', 'bad'],
  not_performed: ['Surely not performed; tried again later', 'plain'],
  pending: ['Surely not performed; tried again later', 'plain'],
  in_doubt: ['In doubt: it may have happened', 'doubt'],
  lease_expired: ['The worker fell silent', 'doubt'],
  approved: ['Approved', 'person'],
  rejected: ['Rejected', 'person'],
  cancelled: ['Cancelled', 'person'],
  expired: ['Expired: nobody decided in time', 'bad'],
  replayed: ['Replayed by a person', 'person'],
  rerun: ['Rerun by a person: a second effect was wanted', 'person'],
  settled_succeeded: ['Doubt settled: it happened', 'good'],
  settled_failed: ['Doubt settled: it did not happen and must not', 'bad'],
  settled_pending: ['Doubt settled: it did not happen and may', 'person'],
  asked: ['The remote was asked; still in doubt', 'doubt'],
  answered: ['Delivered again; got the stored answer, and nothing was performed', 'plain'],
  drifted: ['Submitted again with other words; the first input counts', 'plain'],
  key_warning: ['A sign that its key is a bad one', 'doubt'],
  stale_outcome: ['A late report that changes nothing', 'plain'],
};

/** One intent's story in order, each entry with when, who, which attempt, and what was said. */
export function timeline(story: readonly HistoryEntry[]): Html {
  const entries = story.map((entry, index) => entryOf(entry, story[index - 1]?.at ?? null));
  return html`<ol class="timeline">${entries}</ol>`;
}

function entryOf({ at, event, attempt, actor, detail }: HistoryEntry, before: Date | null): Html {
  const [title, tone] = EVENTS[event] ?? [event.replaceAll('_', ' '), 'plain'];
  const passed = before === null ? null : at.getTime() - before.getTime();
  return html`<li class="tone-${tone}">
<p class="when">${moment(at, 'milliseconds')}${passed === null ? null : html` <span class="passed">+${passed < 1_000 ? `${passed} ms` : span(passed)}</span>`}</p>
<p class="what">${title}</p>
<p class="whom">${actor === null ? null : html`<span class="actor">${shown(actor)}</span>`}${attempt > 0 ? html` <span class="attempt">attempt ${attempt}</span>` : null}</p>
${detail === null ? null : details(event, detail)}
</li>`;
}

/** The key of the submission is the title of the page. */
function details(event: string, detail: Readonly<Record<string, unknown>>): Html | null {
  const told = Object.entries(detail).filter(
    ([name, value]) => value !== null && value !== undefined && !(event === 'submitted' && name === 'key'),
  );
  if (told.length === 0) return null;
  return html`<dl class="detail">${told.map(
    ([name, value]) =>
      html`<div><dt>${shown(name)}</dt><dd>${shown(typeof value === 'string' ? value : JSON.stringify(value))}</dd></div>`,
  )}</dl>`;
}
