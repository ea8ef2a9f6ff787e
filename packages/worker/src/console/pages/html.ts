import { html as tag } from 'hono/html';

/** A piece of a page, all values in it escaped. */
export type Html = Exclude<ReturnType<typeof tag>, Promise<unknown>>;

/** What may stand in a page; texts are escaped, and no other object gets in. */
export type Child = Html | string | number | null | undefined | false | readonly Child[];

/** Makes a piece of a page. Every value that isn't itself such a piece is escaped, in attributes (in quotes) too. */
export function html(strings: TemplateStringsArray, ...values: readonly Child[]): Html {
  return tag(strings, ...values) as Html; // a promise comes of promises only, and `Child` has none
}
