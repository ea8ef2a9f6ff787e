import type { State } from '@latchkey/core';
import { type Html, html } from './html.ts';

/** What a state is called on a page. */
export function stateName(state: string): string {
  return state.replaceAll('_', ' ');
}

/** A state with its own shape and colour, and always its name. */
export function badge(state: State | 'purged'): Html {
  return html`<span class="badge badge-${state}">${stateName(state)}</span>`;
}
