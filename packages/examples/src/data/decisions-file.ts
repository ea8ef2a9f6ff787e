import path from 'node:path';
import { type DecisionLine, generateDecisions } from './generate-decisions.ts';

/** The shipped file of decisions; beside `src` and `dist`, so that both find it. */
export const decisionsFile: string = path.join(import.meta.dirname, '..', '..', 'data', 'decisions.jsonl');

/** Text of the shipped file: one decision a line. */
export function decisionsText(decisions: readonly DecisionLine[] = generateDecisions()): string {
  return decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('');
}
