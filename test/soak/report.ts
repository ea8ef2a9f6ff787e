import type { Violation } from './audit.ts';
import { mib, type SoakOutcome } from './soak-backend.ts';

/** What is told of a soak in one line of JSON. */
export interface SoakReport {
  readonly seed: number;
  readonly minutes: number;
  readonly verdict: 'passed' | 'failed';
  readonly backends: readonly object[];
}

/** Whether all that must hold holds: nothing that must not be, the sum, and flat memory where it could be judged. */
export function failuresOf({ violations, totals, memory }: SoakOutcome): readonly Violation[] {
  const { wanted, done, held } = totals;
  return [
    ...violations,
    ...(wanted === done + held ? [] : [{ what: `${wanted} effects wanted, ${done} done and ${held} held` }]),
    ...(memory.flat === false ? [{ what: `the lasting worker's memory is not flat: ${memory.why}` }] : []),
  ];
}

/** The table of a soak, for people. */
export function tableOf(outcomes: readonly SoakOutcome[]): string {
  const names = [...new Set(outcomes.flatMap(({ faults }) => [...faults.keys()]))];
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  const row = (name: string, cells: readonly string[]) =>
    `${name.padEnd(width)}${cells.map((cell) => cell.padStart(22)).join('')}`.trimEnd();
  const of = (name: string, cell: (outcome: SoakOutcome) => string) => row(name, outcomes.map(cell));
  return [
    of('', ({ backend }) => `jobs in ${backend}`),
    'faults that landed, of those tried',
    ...names.map((name) =>
      of(`  ${name}`, ({ faults }) => {
        const tally = faults.get(name);
        return tally === undefined ? '–' : `${tally.landed} of ${tally.tried}`;
      }),
    ),
    'what it came to',
    of('  intents accepted', ({ totals }) => String(totals.accepted)),
    of('  failed, rejected, cancelled, expired', ({ totals }) => String(totals.refused)),
    of('  effects wanted', ({ totals }) => String(totals.wanted)),
    of('  effects done', ({ totals }) => String(totals.done)),
    of('  held in doubt, no effect', ({ totals }) => String(totals.held)),
    of('  in doubt in all', ({ totals }) => String(totals.inDoubt)),
    of('  duplicates', ({ totals }) => String(totals.duplicates)),
    of('  lost', ({ totals }) => String(totals.lost)),
    of('  approved / rejected / cancelled', ({ deeds }) =>
      [deeds.approved, deeds.rejected, deeds.cancelled].join(' / '),
    ),
    of('  replayed by a person', ({ deeds }) => String(deeds.replayed)),
    of('  resolved as done / failed / not performed', ({ deeds: { resolved } }) =>
      [resolved.succeeded, resolved.failed, resolved['not-performed']].join(' / '),
    ),
    of('  workers started again', ({ restarts }) => String(restarts)),
    of('  lasting worker, heap', ({ memory: { heap } }) => heap.map(mib).join(' → ')),
    of('  lasting worker, resident', ({ memory: { rss } }) => rss.map(mib).join(' → ')),
    of('  memory', ({ memory }) => memory.why),
    of('  PostgreSQL on disk', ({ sizes }) => mib(sizes.postgres)),
    of('  Redis in memory', ({ sizes }) => (sizes.redis === null ? '–' : mib(sizes.redis))),
    of('  verdict', (outcome) => (failuresOf(outcome).length === 0 ? 'holds' : 'DOES NOT HOLD')),
  ].join('\n');
}

/** One backend for `--json`. */
export function jsonOf(outcome: SoakOutcome): object {
  const { backend, totals, memory, deeds, restarts, sizes, faults } = outcome;
  const violations = failuresOf(outcome).map(({ what }) => what);
  return { backend, totals, memory, deeds, restarts, sizes, faults: Object.fromEntries(faults), violations };
}
