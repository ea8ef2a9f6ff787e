import type { LedgerView } from './protected-side.ts';

/** Contradictions that are told one by one. */
const TOLD = 5;

/** Tells of the answers that producers got: rewordings, by field, and contradictions. */
export function answerNotes({ answers, refusals }: Pick<LedgerView, 'answers' | 'refusals'>): string[] {
  const notes: string[] = [];
  const drifted = answers.filter(({ drift }) => drift.length > 0);
  const [example] = drifted;
  if (example !== undefined) {
    notes.push(
      `Answers that named a drift, since other words came than at first: ${drifted.length}; ` +
        `for example ${example.key}: ${example.drift.join(', ')}.`,
    );
  }
  if (refusals.length > 0) {
    notes.push(`Submissions that contradicted their intent, and were refused: ${refusals.length}`);
    const told = refusals.slice(0, TOLD);
    notes.push(...told.map(({ line, why }) => `  ${line === undefined ? '' : `line ${line}: `}${why}`));
  }
  return notes;
}
