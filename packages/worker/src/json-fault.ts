import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/** Characters that a message quotes at most: enough to find the place, too few to tell what stands there. */
const QUOTED = 6;

/** Says where a text stops being JSON, and what is missing there; `null` where it is JSON. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    const errors: ParseError[] = [];
    parse(text, errors, { disallowComments: true });
    const [{ error, offset } = { error: 0, offset: text.length }] = errors;
    const before = text.slice(0, offset).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    const rest = text.slice(offset).split('\n', 1)[0] ?? '';
    const quote = offset >= text.length ? 'its end' : JSON.stringify(rest.slice(0, QUOTED));
    const what = error === 0 ? 'not JSON' : inWords(printParseErrorCode(error));
    return `${place}, at ${quote}: ${what}`;
  }
}

/** `CloseBraceExpected` is "close brace expected". */
function inWords(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
