import { printable } from '../../cli/printable.ts';

/** Longest text that a page shows of one value, in characters; the command line shows all of it. */
const MAX_SHOWN = 100_000;

/**
 * The one way on which stored texts reach a page: inputs, results, error messages, details of the history. What an action
 * redacts is hidden before (`redactRecord`).
 *
 * Characters that would turn the direction of writing, or can't be seen, are shown by their codes; lines stay lines.
 */
export function shown(text: string): string {
  const cut =
    text.length > MAX_SHOWN
      ? `${text.slice(0, MAX_SHOWN)}… (${text.length - MAX_SHOWN} more characters)`
      : text;
  return cut.split('\n').map(printable).join('\n');
}

/** Lays out stored JSON; what isn't JSON is shown as it is. */
export function shownJson(json: string): string {
  try {
    return shown(JSON.stringify(JSON.parse(json), null, 2));
  } catch {
    return shown(json);
  }
}

/** The address of a link that somebody else wrote, if it is one to follow: `http` or `https`, nothing that runs here. */
export function safeLink(url: string | null): string | null {
  const parsed = url === null ? null : URL.parse(url);
  return parsed?.protocol === 'https:' || parsed?.protocol === 'http:' ? parsed.href : null;
}
