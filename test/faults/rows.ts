import type { FaultReport } from './report.ts';
import { type Fault, QUEUES } from './table.ts';

/** One test of a fault, after it ran. */
export interface RanTest {
  /** With the names of all suites around it. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly reports: readonly FaultReport[];
  /** Why it failed or was skipped. */
  readonly reason?: string | undefined;
}

/** What one row of the fault table came to. */
export interface Row {
  readonly n: number;
  readonly fault: string;
  readonly times: number;
  readonly wanted: number;
  readonly done: number;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  readonly why: string;
}

/** Numbers of the faults that a test's name lists: `fault 7, 9: …`. */
export function faultsIn(testName: string): number[] {
  return [...testName.matchAll(/\bfault ((?:\d+, )*\d+): /g)].flatMap(([, listed = '']) =>
    listed.split(', ').map(Number),
  );
}

/**
 * Sums up the tests of a fault.
 *
 * A fault that didn't demonstrably land, and effects that are too many or too few, fail the row, whatever its tests
 * say. It is skipped only if all of its tests were.
 */
export function rowOf({ n, fault, queues = QUEUES }: Fault, tests: readonly RanTest[]): Row {
  const reports = tests.flatMap((test) => test.reports);
  const sum = (field: keyof FaultReport): number =>
    reports.reduce((total, report) => total + report[field], 0);
  const counts = { times: sum('times'), wanted: sum('wanted'), done: sum('done') };
  const skipped = tests.filter(({ state }) => state === 'skipped');
  const wrong = faultsOf(tests, queues, counts);
  const leftOut = skipped.map(({ name, reason }) => `${shortName(name)} (${reason})`);
  if (tests.length > 0 && leftOut.length === tests.length && skipped.every(({ reason }) => reason)) {
    const why = [...new Set(skipped.map(({ reason }) => reason))].join('; ');
    return { n, fault, ...counts, verdict: 'skipped', why };
  }
  const why = [...wrong, ...(leftOut.length > 0 ? [`left out: ${leftOut.join('; ')}`] : [])].join('; ');
  return { n, fault, ...counts, verdict: wrong.length > 0 ? 'failed' : 'passed', why };
}

function faultsOf(
  tests: readonly RanTest[],
  queues: readonly string[],
  { times, wanted, done }: FaultReport,
): string[] {
  if (tests.length === 0) return ['there is no test of it'];
  const failed = tests.filter(({ state }) => state === 'failed');
  if (failed.length > 0) return failed.map(({ name, reason }) => `${shortName(name)}: ${reason ?? 'failed'}`);
  const unexplained = tests.filter(({ state, reason }) => state === 'skipped' && !reason);
  const silent = tests.filter(({ state, reports }) => state === 'passed' && reports.length === 0);
  const missing = (queues.length > 1 ? queues : []).filter(
    (queue) => !tests.some(({ name }) => name.includes(queue)),
  );
  return [
    ...unexplained.map(({ name }) => `${shortName(name)} was skipped without a reason`),
    ...silent.map(({ name }) => `${shortName(name)} reported nothing`),
    ...missing.map((queue) => `no test of it with jobs in ${queue}`),
    ...(times === 0 ? ['the fault did not land'] : []),
    ...(wanted === done ? [] : [`${done} effects instead of ${wanted}`]),
  ];
}

/** From the fault on, without the file's own suites, but with the place of the jobs. */
function shortName(name: string): string {
  const queue = QUEUES.find((each) => name.includes(each));
  const own = name.slice(name.indexOf('fault '));
  return queue === undefined || own.includes(queue) ? own : `${own} [${queue}]`;
}
