const NEEDS_ESCAPE = /["\\]/g;

/** Writes texts as PostgreSQL's array literal: a fifth of what the driver needs, which escapes each twice over. */
export function textArray(values: readonly (string | null)[]): string {
  let list = '';
  for (const value of values) {
    if (list !== '') list += ',';
    list += value === null ? 'NULL' : `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`;
  }
  return `{${list}}`;
}

/** Writes what needs no quotes (numbers, UUIDs) as an array literal. */
export function plainArray(values: readonly (number | string | null)[]): string {
  let list = '';
  for (const value of values) {
    if (list !== '') list += ',';
    list += value === null ? 'NULL' : value;
  }
  return `{${list}}`;
}
