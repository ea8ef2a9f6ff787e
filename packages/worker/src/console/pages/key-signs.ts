import type { WarnedKey } from '@latchkey/core';
import { type Html, html } from './html.ts';
import { shown } from './shown.ts';
import { ago } from './spans.ts';

/** Which keys look as if they were none, by action and rule: a repetition under another key would act a second time. */
export function keySigns(warned: readonly WarnedKey[]): Html | null {
  if (warned.length === 0) return null;
  return html`<section class="attention attention-keys" aria-labelledby="keys"><h2 id="keys">Signs of bad keys, last 7 days</h2><p class="says">Signs, no proof: under a key that changes by itself a repetition is taken for another intent, and acts again.</p>
<ul class="waiting">${warned.map(sign)}</ul></section>`;
}

function sign({ action, rule, path, signs, reason, wayOut, lastAt, lastIntentId }: WarnedKey): Html {
  return html`<li><span class="named"><a class="open" href="/intents/${lastIntentId}"><span class="action">${shown(action)}</span> <span class="name">${shown(rule)}${path === null ? null : html` of ${shown(path)}`}</span></a> <span class="scope">${signs} ${signs === 1 ? 'sign' : 'signs'}</span><span class="note">${shown(reason)}. To do: ${shown(wayOut)}</span></span><span class="since"><time datetime="${lastAt.toISOString()}">${ago(lastAt)}</time></span></li>`;
}
