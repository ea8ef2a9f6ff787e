import type { IntentSummary, StateCount } from '@latchkey/core';
import { printable } from './printable.ts';

/** Lays out intents as a table, one a line. */
export function intentsTable(intents: readonly IntentSummary[]): string {
  const rows = intents.map((intent) => [
    intent.createdAt.toISOString().slice(0, 19).replace('T', ' '),
    intent.state,
    intent.id,
    intent.purged ? `(${intent.action}, past its replay window)` : intent.key,
    intent.scope ?? '',
    remarkOf(intent),
  ]);
  return table(['SUBMITTED (UTC)', 'STATE', 'INTENT', 'KEY', 'SCOPE', 'MADE, OR WHY NOT'], rows);
}

/** Lays out counts as a table; `≥` and `≈` mark what isn't exact. */
export function countsTable(counts: readonly StateCount[]): string {
  const rows = counts.map(({ action, state, count, exact }) => {
    const about = state === 'succeeded' ? '≈ ' : '≥ ';
    return [state, `${exact ? '' : about}${count.toLocaleString('en-US')}`, action ?? ''];
  });
  return table(['STATE', 'INTENTS', ''], rows);
}

function remarkOf({ externalId, error, turn }: IntentSummary): string {
  if (error !== null) return `${error.code}: ${error.message}`;
  if (externalId !== null) return externalId;
  return turn === 'waits' ? 'waits for its turn' : '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
