import { type Html, html } from './html.ts';

/** Writes a span of time in its largest whole unit. */
export function span(ms: number): string {
  if (ms < 120_000) return `${Math.max(Math.round(ms / 1_000), 0)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}

/** How long ago something was; no finer than a minute, so that a page that didn't change stays the same. */
export function ago(at: Date, now: number = Date.now()): string {
  const ms = now - at.getTime();
  return ms < 60_000 ? 'just now' : `${ms < 120_000 ? '1 min' : span(ms)} ago`;
}

/** A moment, in UTC. */
export function moment(at: Date, digits: 'seconds' | 'milliseconds' = 'seconds'): Html {
  const iso = at.toISOString();
  const text = iso.replace('T', ' ').slice(0, digits === 'seconds' ? 19 : 23);
  return html`<time datetime="${iso}" title="${iso}">${text}</time>`;
}
