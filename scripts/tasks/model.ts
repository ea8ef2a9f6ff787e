// Checks the model of an intent's life exhaustively: `npm run model`. Needs spin and a C compiler.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parsed, runWith } from './options.ts';
import { root } from './steps.ts';

/** What the model says of each way to treat a doubt; `docs/simulation.md` explains them. */
const VARIANTS = [
  { name: 'HOLD', safe: true },
  { name: 'KEY', safe: true },
  { name: 'PERFORM_WHEN_ABSENT', safe: false },
] as const;

const MODEL = 'latchkey.pml';
/** Search depth in steps; far more than the deepest path of this model. */
const DEPTH = 100_000;

const HELP = `Usage: npm run model

Explores the model of an intent's life exhaustively with spin and a C compiler. docs/simulation.md tells more.

  --help   tells this

Exit code 0: each variant is as safe as expected; 1: one is not, or a program is missing; 2: wrong options.`;

await runWith({ task: 'model', help: HELP, read: readOptions }, main);

function readOptions(args: readonly string[]): object | null {
  const { help } = parsed({ args: [...args], options: { help: { type: 'boolean' } } });
  return help ? null : {};
}

function main(): number {
  const compiler = ['cc', 'gcc', 'clang'].find((name) => isThere(name, '--version'));
  if (compiler === undefined || !isThere('spin', '-V')) {
    const missing = [isThere('spin', '-V') ? [] : 'spin', compiler === undefined ? 'gcc' : []].flat();
    console.error(
      `The model needs ${missing.join(' and ')}. On Debian and Ubuntu: apt-get install ${missing.join(' ')}`,
    );
    return 1;
  }
  const asExpected = VARIANTS.filter((variant) => check(compiler, variant));
  return asExpected.length === VARIANTS.length ? 0 : 1;
}

/** Explores one variant, and says whether it came out as expected. */
function check(cc: string, { name, safe }: (typeof VARIANTS)[number]): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-model-'));
  try {
    copyFileSync(path.join(root, 'test', 'model', MODEL), path.join(folder, MODEL));
    run(folder, 'spin', [`-D${name}`, '-a', MODEL]);
    // an unsafe variant is explored breadth first, so that its story is the shortest
    run(folder, cc, ['-O2', '-w', '-DSAFETY', ...(safe ? [] : ['-DBFS']), '-o', 'pan', 'pan.c']);
    const report = run(folder, path.join(folder, 'pan'), ['-E', ...(safe ? [`-m${DEPTH}`] : [])]);
    const errors = Number(/errors: (\d+)/.exec(report)?.[1]);
    const complete = !/max search depth too small|out of memory/.test(report);
    const states = /(\d+) states, stored/.exec(report)?.[1] ?? '?';
    const found = errors === 0 ? 'safe' : 'UNSAFE';
    const expected = complete && (errors === 0) === safe;
    console.log(`${name}: ${found} (${states} states)${expected ? ', as expected' : ', NOT AS EXPECTED'}`);
    if (errors > 0) console.log(storyOf(run(folder, 'spin', ['-t', `-D${name}`, MODEL])));
    return expected;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The lines that the model itself prints, up to what went wrong. */
function storyOf(trail: string): string {
  const lines = trail.split('\n').map((line) => line.trim());
  const end = lines.findIndex((line) => line.startsWith('spin:'));
  return lines
    .slice(0, end)
    .map((line) => `  ${line}`)
    .join('\n');
}

function isThere(program: string, argument: string): boolean {
  return spawnSync(program, [argument], { stdio: 'ignore' }).error === undefined;
}

function run(cwd: string, program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error !== undefined || status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  return stdout;
}
