import type { Finding } from '../doctor/check.ts';
import { printable } from './printable.ts';

/** Lays findings out as a table for people; what to do stands below its row. */
export function formatFindings(findings: readonly Finding[]): string {
  const rows = findings.map(({ subject, check, verdict, found, todo }) => ({
    cells: [verdict, subject, check] as const,
    found: printable(found),
    todo: todo === undefined ? undefined : printable(todo),
  }));
  const widths = [0, 1, 2].map((n) => Math.max(...rows.map(({ cells }) => cells[n]?.length ?? 0)));
  const indent = ' '.repeat(widths.reduce((sum, width) => sum + width + 2, 0));
  return rows
    .flatMap(({ cells, found, todo }) => [
      `${cells.map((cell, n) => cell.padEnd((widths[n] ?? 0) + 2)).join('')}${found}`,
      ...(todo === undefined ? [] : [`${indent}→ ${todo}`]),
    ])
    .join('\n');
}
