// Injects every fault of the fault table and prints one row a fault, as soon as its last test has ended.
//
//   npm run faults [-- --only 7,9] [-- --json] [-- --help]
import { startVitest } from 'vitest/node';
import { type FaultTest, findFaultTests } from '../../test/faults/find-tests.ts';
import { RowCollector } from '../../test/faults/row-collector.ts';
import type { Row } from '../../test/faults/rows.ts';
import { FAULTS, type Fault } from '../../test/faults/table.ts';
import { parsed, runWith, WrongOptions } from './options.ts';
import { root } from './steps.ts';

const HELP = `Usage: npm run faults -- [options]

Injects every fault of the fault table, on real servers and processes, and prints one row a fault. docs/faults.md has the
table.

  --only N[,N]   only some rows, by their numbers from 1 to ${FAULTS.length}; default all
  --json         ends with all rows as one line of JSON
  --help         tells this

Exit code 0: no row failed; 1: one did, or something around the tests; 2: wrong options.`;

interface Options {
  readonly chosen: readonly Fault[];
  readonly json: boolean;
}

await runWith({ task: 'faults', help: HELP, read: readOptions }, main);

function readOptions(args: readonly string[]): Options | null {
  const values = parsed({
    args: [...args],
    options: { only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return null;
  const chosen = values.only === undefined ? FAULTS : values.only.split(',').map(faultNumbered);
  return { chosen, json: values.json ?? false };
}

function faultNumbered(text: string): Fault {
  const found = FAULTS.find(({ n }) => String(n) === text.trim());
  if (found !== undefined) return found;
  throw new WrongOptions(
    `--only: there is no fault ${JSON.stringify(text)}; numbers go from 1 to ${FAULTS.length}`,
  );
}

async function main({ chosen, json }: Options): Promise<number> {
  const all = await findFaultTests(root);
  const tests = all.filter(({ faults }) => chosen.some(({ n }) => faults.includes(n)));
  const { rows, stray } = await run(chosen, tests);
  const count = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  for (const error of stray) console.log(`outside of the tests: ${error}`);
  console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  if (json) console.log(JSON.stringify({ rows }));
  return count('failed') + stray.length === 0 ? 0 : 1;
}

/** Runs the tests of some faults, prints each row when it is complete, and returns all in order, with what failed around them. */
async function run(
  faults: readonly Fault[],
  found: readonly FaultTest[],
): Promise<{ rows: Row[]; stray: readonly string[] }> {
  const collector = new RowCollector(faults, found, (row) => console.log(lineOf(row)));
  console.log('  #  verdict  landed  effects  fault');
  const files = [...new Set(found.map(({ file }) => file))];
  if (files.length > 0) {
    const names = faults.map(({ n }) => n).join('|');
    const vitest = await startVitest(files, {
      root,
      watch: false,
      // Vitest's own way of loading its configuration writes a file into a checkout that may belong to others.
      configLoader: 'native',
      testNamePattern: `fault (?:\\d+, )*(?:${names})(?:, \\d+)*: `,
      reporters: [collector],
      silent: true,
    });
    await vitest.close();
  }
  return { rows: collector.finish(), stray: collector.stray };
}

function lineOf({ n, fault, times, wanted, done, verdict, why }: Row): string {
  const effects = `${done}/${wanted}`;
  const line = [
    String(n).padStart(3),
    verdict.padEnd(7),
    `${times}×`.padStart(6),
    effects.padStart(7),
    fault,
  ];
  return why === '' ? line.join('  ') : `${line.join('  ')}\n       ${why}`;
}
