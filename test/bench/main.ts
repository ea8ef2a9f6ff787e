// Measures Latchkey against raw BullMQ and others; see docs/performance.md.
//
//   npm run bench [-- --quick] [-- --json] [-- --only noop,latency] [-- --help]
import { runWith, WrongOptions } from '../../scripts/tasks/options.ts';
import { AXES } from './axes/axes.ts';
import { CONTENDERS, contenderNamed } from './contenders.ts';
import { machineOf } from './ground/machine.ts';
import { measureGrowth } from './long/growth.ts';
import { measureMemory } from './long/memory.ts';
import { helpOf, type Options, readOptions } from './options.ts';
import { installPeers } from './peers/install.ts';
import { growthLines, summaryLines, textTable } from './report/text-table.ts';
import { writeDocs } from './report/write-docs.ts';
import { type Results, summaryOf } from './results.ts';
import type { Cell } from './rounds/round.ts';
import { nameOf, runCells } from './run-cells.ts';
import { openStage, type Stage } from './stage.ts';

type Say = (line: string) => void;

const NAMES = {
  axes: [...AXES.map(({ name }) => name), 'growth', 'memory'],
  contenders: CONTENDERS.map(({ name }) => name),
};
const MEMORY_JOBS = 1_000_000;
/** A quick run plays no more rounds than end by then, in milliseconds since its start: it promises three minutes. */
const QUICK_MS = 150_000;

await runWith({ task: 'bench', help: helpOf(NAMES), read: (args) => readOptions(args, NAMES) }, main);

async function main(options: Options): Promise<number> {
  const cells = cellsOf(options);
  if (cells.length === 0 && !asksFor(options, 'growth') && !asksFor(options, 'memory')) {
    throw new WrongOptions(
      'nothing is left to measure: ask for other axes or contenders, or leave out --quick',
    );
  }
  let isOver = false;
  const say = (line: string) => {
    if (!isOver) (options.json ? console.error : console.log)(line);
  };
  if (cells.some(({ contender }) => contenderNamed(contender).peer)) await addPeers(say);
  const stage = await openStage(() => {
    say('interrupted: ending all processes');
    isOver = true;
  });
  try {
    const results = await measure(stage, options, cells, say);
    return await tell(results, options, say);
  } finally {
    if (!isOver) await stage.close();
  }
}

function cellsOf(options: Options): Cell[] {
  const { quick, seconds, contenders, peers } = options;
  return AXES.filter(({ name }) => options.only === null || options.only.includes(name))
    .flatMap((axis) => axis.cells({ quick, seconds }))
    .filter(({ contender }) => contenders === null || contenders.includes(contender))
    .filter(({ contender }) => peers || !contenderNamed(contender).peer);
}

/** The long measurements are part of every full run; of a quick one only where they are asked for by name. */
function asksFor({ only, quick, contenders }: Options, axis: 'growth' | 'memory'): boolean {
  return only === null ? !quick && contenders === null : only.includes(axis);
}

/** Installs the other job systems where that wasn't done yet; without them, their measurements fail and say so. */
function addPeers(say: Say): Promise<void> {
  return installPeers().catch((error: Error & { readonly todo?: string }) =>
    say(`The other job systems could not be installed: ${error.message} ${error.todo ?? ''}`),
  );
}

async function measure(stage: Stage, options: Options, cells: readonly Cell[], say: Say): Promise<Results> {
  const { rounds, rows } = options;
  const machine = await machineOf(stage.ground);
  for (const [name, value] of Object.entries(machine)) say(`${name}: ${value}`);
  say('');
  const measured = await runCells({ ...stage, rounds: { ...rounds, overBy: QUICK_MS }, say }, cells);
  const memory = asksFor(options, 'memory')
    ? { memory: await measureMemory(stage.ground, stage.troupe, { jobs: MEMORY_JOBS, say }) }
    : {};
  const growth = asksFor(options, 'growth')
    ? { growth: await measureGrowth(stage.ground, { rows, rounds: rounds.least, say }) }
    : {};
  return { run: commandOf(process.argv.slice(2)), machine, cells: measured, ...memory, ...growth };
}

/** The command that measures this again. */
function commandOf(args: readonly string[]): string {
  const that = args.filter((arg) => arg !== '--json' && arg !== '--docs');
  return ['npm run bench', ...(that.length > 0 ? ['--', ...that] : [])].join(' ');
}

/** Tells what came out, and answers the exit code. */
async function tell(results: Results, options: Options, say: Say): Promise<number> {
  const failed = results.cells.filter(({ error }) => error !== undefined);
  const told = [
    textTable(results.cells),
    growthLines(results.growth ?? []),
    summaryLines(summaryOf(results)),
  ];
  for (const text of told) if (text !== '') say(`\n${text}`);
  for (const { cell, error } of failed) say(`\nFAILED: ${nameOf(cell)}\n${error}`);
  const isWhole = !options.quick && options.only === null && options.contenders === null && options.peers;
  if ((isWhole || options.docs) && failed.length === 0)
    say(`\nwritten: ${(await writeDocs(results)).join(', ')}`);
  if (options.json) console.log(JSON.stringify(summaryOf(results)));
  return failed.length > 0 ? 1 : 0;
}
