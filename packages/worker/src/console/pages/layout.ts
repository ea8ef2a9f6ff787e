import type { Person } from '../access/authenticate.ts';
import { type Html, html } from './html.ts';

/** What stands around the main part of a page. */
export interface Frame {
  readonly title: string;
  readonly person: Person | null;
  readonly here?: 'intents' | 'queues';
  readonly main: Html;
}

/** A whole page. */
export function page({ title, person, here, main }: Frame): Html {
  const current = (name: Frame['here']): Html | null => (name === here ? html` aria-current="page"` : null);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · Latchkey</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/console.css">
<script src="/assets/console.js" type="module"></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/intents"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><circle cx="8.5" cy="12" r="4.75"/><path d="M13.25 12H22M18 12v3.5M21.25 12v2.5"/></svg>Latchkey</a>
<nav aria-label="Main"><a class="tab" href="/intents"${current('intents')}>Intents</a><a class="tab" href="/queues/"${current('queues')}>Queues</a></nav>
${person === null ? null : html`<span class="who" title="Your name in the history">${person.name}<span class="role">${person.role}</span></span>`}
</header>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>
`;
}
