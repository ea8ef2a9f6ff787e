import Table from 'cli-table3';
import type { SideRun } from './run-side.ts';
import type { Tally } from './tally.ts';

/** What both sides have. */
export interface SideFigures extends Pick<SideRun, 'deliveries' | 'answersLost' | 'killedAfter'> {
  readonly tally: Tally;
}

/** What only the protected side has. */
export interface ProtectedFigures extends SideFigures {
  /** Intents held in doubt. */
  readonly inDoubt: number;
  /** Those of them whose effect is in a remote's log all the same: each is an effect done, and in doubt. */
  readonly doneInDoubt: number;
  /** Answers that were given from the stored result. */
  readonly replayed: number;
}

/** Both sides of the same stream. */
export interface Comparison {
  readonly unprotected: SideFigures;
  readonly protected: ProtectedFigures;
}

/** Whether the protected side kept its promise. */
export function isKept({ protected: { tally } }: Comparison): boolean {
  return (
    tally.duplicates === 0 && tally.lost === 0 && tally.backwards === 0 && tally.unexplained.length === 0
  );
}

/** The comparison as one line of JSON. */
export function comparisonJson({ unprotected, protected: ours }: Comparison, seconds: number): string {
  const common = ({ deliveries, tally: { intended, effects, duplicates, lost } }: SideFigures) => ({
    deliveries,
    intended,
    effects,
    duplicates,
    lost,
  });
  return JSON.stringify({
    unprotected: common(unprotected),
    protected: { ...common(ours), inDoubt: ours.inDoubt, replayed: ours.replayed },
    seconds,
  });
}

/** The comparison as a table, both sides beside each other. */
export function comparisonTable({ unprotected, protected: ours }: Comparison): string {
  const table = new Table({
    head: ['', 'plain BullMQ', 'Latchkey'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  const row = (name: string, of: (side: SideFigures) => number): [string, string, string] => [
    name,
    String(of(unprotected)),
    String(of(ours)),
  ];
  table.push(
    row('workers killed in mid-effect', ({ killedAfter }) => (killedAfter === undefined ? 0 : 1)),
    row('answers lost after the effect', ({ answersLost }) => answersLost),
    row('deliveries', ({ deliveries }) => deliveries),
    row('effects wanted', ({ tally }) => tally.intended),
    row('effects done', ({ tally }) => tally.effects),
    row('duplicates', ({ tally }) => tally.duplicates),
    row('applied backwards', ({ tally }) => tally.backwards),
    row('lost', ({ tally }) => tally.lost),
    ['in doubt, held for a person', '-', String(ours.inDoubt)],
    ['answered with the stored result', '-', String(ours.replayed)],
  );
  return table.toString();
}

/** What the table can't say, in sentences. */
export function comparisonNotes({ protected: ours }: Comparison): string[] {
  const { inDoubt, doneInDoubt, tally } = ours;
  const notes = ['Counted from the logs of the remotes, by business fields.'];
  if (tally.refused > 0) {
    notes.push(
      `Refused with Latchkey: ${tally.refused}, since a newer version of the record was applied first. No effect is ` +
        'wanted of these; which ones they are depends on the order in which a side comes to them.',
    );
  }
  if (inDoubt > 0) {
    notes.push(
      `In doubt with Latchkey: ${inDoubt}, whose answer was lost, or whose worker died, at a remote that can't be asked ` +
        `or doesn't know. The remotes' logs have ${doneInDoubt} of them, which count as done and in doubt. None is ` +
        'performed again by itself; a person looks, and resolves it.',
    );
  }
  if (tally.unexplained.length > 0) {
    notes.push(
      `Effects that no decision explains: ${tally.unexplained.slice(0, 3).join('; ')}. An action of your own posts ` +
        '{ action: ctx.action, key: ctx.key, scope: ctx.scope } to the recorder.',
    );
  }
  return notes;
}
