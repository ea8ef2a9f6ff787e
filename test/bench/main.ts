import { AXES } from './axes/axes.ts';
import { SIZES } from './axes/axis.ts';
import { Troupe } from './child/troupe.ts';
import { CONTENDERS, contenderNamed } from './contenders.ts';
import { type Ground, openGround } from './ground/ground.ts';
import { machineOf } from './ground/machine.ts';
import { helpOf, type Options, readOptions, WrongOptions } from './options.ts';
import { textTable } from './report/text-table.ts';
import { latencyAddedMs, ratiosOf } from './results.ts';
import type { Cell } from './rounds/round.ts';
import { nameOf, runCells } from './run-cells.ts';
import { Servers } from './servers.ts';

const NAMES = {
  axes: AXES.map(({ name }) => name),
  contenders: CONTENDERS.map(({ name }) => name),
};

const options = optionsOrHelp();
if (options !== null) process.exitCode = await main(options);

function optionsOrHelp(): Options | null {
  try {
    const read = readOptions(process.argv.slice(2), NAMES);
    if (read === null) console.log(helpOf(NAMES));
    return read;
  } catch (error) {
    if (!(error instanceof WrongOptions)) throw error;
    console.error(`${error.message}\n\n${helpOf(NAMES)}`);
    process.exitCode = 2;
    return null;
  }
}

async function main(chosen: Options): Promise<number> {
  const say = chosen.json ? (line: string) => console.error(line) : (line: string) => console.log(line);
  const troupe = new Troupe();
  const servers = new Servers();
  const ground = await openGround();
  endOnSignals(troupe, servers, ground);
  try {
    const machine = await machineOf(ground);
    say(
      `${Object.entries(machine)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n')}\n`,
    );
    const cells = cellsOf(chosen);
    const results = await runCells({ ground, servers, troupe, rounds: chosen.rounds, say }, cells);
    say(`\n${textTable(results)}`);
    for (const { cell, error } of results)
      if (error !== undefined) say(`\n${nameOf(cell)} FAILED:\n${error}`);
    const summary = { ratios: ratiosOf(results), latencyAddedMs: latencyAddedMs(results) };
    say(`\n${summaryText(summary)}`);
    if (chosen.json) console.log(JSON.stringify(summary));
    return results.some(({ error }) => error !== undefined) ? 1 : 0;
  } finally {
    await close(troupe, servers, ground);
  }
}

function cellsOf({ quick, only, contenders, peers }: Options): Cell[] {
  return AXES.filter(({ name }) => only === null || only.includes(name))
    .flatMap((axis) => axis.cells(quick ? SIZES.quick : SIZES.full))
    .filter(({ contender }) => contenders === null || contenders.includes(contender))
    .filter(({ contender }) => peers || !contenderNamed(contender).peer);
}

function summaryText({
  ratios,
  latencyAddedMs: added,
}: {
  ratios: object;
  latencyAddedMs: number | null;
}): string {
  const lines = Object.entries(ratios).map(([name, ratio]) => `${name.padEnd(16)} ${ratio ?? '—'}`);
  return [...lines, `${'latencyAddedMs'.padEnd(16)} ${added ?? '—'}`].join('\n');
}

async function close(troupe: Troupe, servers: Servers, ground: Ground): Promise<void> {
  await troupe.close();
  await servers.close();
  await ground.close();
}

function endOnSignals(troupe: Troupe, servers: Servers, ground: Ground): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(code));
      void close(troupe, servers, ground).finally(() => process.exit(code));
    });
  }
}
