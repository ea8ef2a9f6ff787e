import type { Person } from '../access/authenticate.ts';
import { type Html, html } from './html.ts';
import { page } from './layout.ts';

/** A page that says why there is nothing else to see. */
export function problemPage({
  problem,
  person,
}: {
  problem: { readonly status: number; readonly title: string; readonly text: string };
  person: Person | null;
}): Html {
  const { status, title, text } = problem;
  return page({
    title,
    person,
    main: html`<section class="problem">
<p class="code">${status}</p>
<h1>${title}</h1>
<p>${text}</p>
<p><a class="button" href="/intents">All intents</a></p>
</section>`,
  });
}
