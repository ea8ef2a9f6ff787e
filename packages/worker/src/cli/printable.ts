/**
 * Shows control characters instead of sending them to a terminal: keys, errors and reasons hold what others wrote.
 *
 * Unpaired surrogates and the characters that turn the direction of writing are shown too.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
