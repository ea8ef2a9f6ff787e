/**
 * Names one effect by what it means to the business: `case=CASE-1|create`.
 *
 * Effects are counted by this name and never by an id of ours, so that a second effect under another id is still
 * found. Fields keep the order they are given in; `%`, `|` and control characters are percent-escaped, so that
 * different fields never give the same name.
 *
 * @example
 * businessKey('create', { case: 'CASE-1' }) // 'case=CASE-1|create'
 */
export function businessKey(verb: string, fields: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(fields).map(([field, value]) => `${field}=${escapeSeparators(String(value))}`);
  return [...parts, verb].join('|');
}

function escapeSeparators(value: string): string {
  return value.replace(
    /[%|\p{Cc}]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
