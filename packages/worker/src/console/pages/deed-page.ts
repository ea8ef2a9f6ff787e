import type { AnyAction, IntentRecord } from '@latchkey/core';
import { previewOf, type Verb } from '../../client/preview.ts';
import type { Person } from '../access/authenticate.ts';
import { DEEDS, type Deed } from '../deeds.ts';
import { badge } from './badge.ts';
import { type Html, html } from './html.ts';
import { preview } from './intent-page.ts';
import { page } from './layout.ts';
import { shown, shownJson } from './shown.ts';
import { standing } from './standing.ts';

/** What the page before a deed shows. */
export interface DeedView {
  readonly deed: Deed;
  readonly record: IntentRecord;
  readonly action: AnyAction | null;
  readonly person: Person;
  readonly formToken: string;
  /** Whether people give their names themselves, because nobody has to log in. */
  readonly asksName: boolean;
}

/** What a choice is called. */
const CHOICES: Partial<Record<Verb, string>> = {
  'resolve-succeeded': 'It happened',
  'resolve-failed': 'It did not happen, and must not any more',
  'resolve-not-performed': 'It did not happen, and may be performed again',
};

/** The page before a deed: what will happen, and the form that does it. */
export function deedPage(view: DeedView): Html {
  const { deed, record, action, person } = view;
  const { label, verbs } = DEEDS[deed];
  const previews = verbs.map((verb) => ({ verb, preview: previewOf(action, record, verb) }));
  const possible = previews.filter((one) => one.preview.leadsTo !== 'refused');
  const [first] = previews;
  return page({
    title: `${label} ${record.key}`,
    person,
    here: 'intents',
    main: html`<div class="deed">
<p class="crumbs"><a href="/intents">Intents</a> / <a href="/intents/${record.id}">${shown(record.key)}</a></p>
<h1>${label} this intent?</h1>
<p class="key">${shown(record.key)}</p>
<p class="standing">${badge(record.state)} <span>${standing(record)}</span></p>
${record.input === null ? null : html`<h2>Its input</h2><pre class="payload" tabindex="0">${shownJson(record.input)}</pre>${action === null ? html`<p class="muted">This console doesn’t know the action, so it shows no values; start it with --actions.</p>` : null}`}
${possible.length > 0 ? form(view, previews) : first === undefined ? null : preview(first.preview)}
</div>`,
  });
}

function form(
  { deed, record, formToken, asksName }: DeedView,
  previews: readonly { verb: Verb; preview: ReturnType<typeof previewOf> }[],
): Html {
  const { label, asks } = DEEDS[deed];
  const [first] = previews;
  const isChoice = previews.length > 1;
  return html`<form method="post" action="/intents/${record.id}/${deed}" class="decide">
<input type="hidden" name="form" value="${formToken}">
<input type="hidden" name="fingerprint" value="${record.fingerprint}">
<input type="hidden" name="attempt" value="${record.token}">
<h2>What will happen</h2>
${isChoice ? choices(previews) : first === undefined ? null : preview(first.preview)}
${
  isChoice
    ? html`<label class="field">Result to answer with, as JSON <small>only if it happened; empty: null</small><textarea name="result" rows="3" spellcheck="false" placeholder='{"ticket":"TICKET-77"}'></textarea></label>`
    : null
}
<label class="field">${asks} <small>kept with the intent, for ever</small><textarea name="reason" rows="2" required maxlength="2000"></textarea></label>
${asksName ? html`<label class="field">Your name <small>kept with it; nobody has to log in here</small><input name="by" value="local" required maxlength="100" autocomplete="username"></label>` : null}
<p class="deeds"><button class="button ${deed === 'approve' ? 'primary' : 'strong'}" id="confirm">${label}</button> <a class="button" href="/intents/${record.id}">Back</a></p>
</form>`;
}

function choices(previews: readonly { verb: Verb; preview: ReturnType<typeof previewOf> }[]): Html {
  return html`<fieldset class="choices"><legend>What is true at the remote?</legend>${previews.map(
    ({ verb, preview: follows }) =>
      html`<label class="choice"><input type="radio" name="verb" value="${verb}" required><span><b>${CHOICES[verb] ?? verb}</b>${preview(follows)}</span></label>`,
  )}</fieldset>`;
}
