// The demo: `npm run demo`, with options behind `--`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startWatchdog } from '../servers/watchdog.ts';
import { answerNotes } from './answer-notes.ts';
import { Cleanup } from './cleanup.ts';
import { comparisonJson, comparisonNotes, comparisonTable, isKept } from './comparison.ts';
import { DemoError, messageOf, WrongOptions } from './demo-error.ts';
import { Interrupted, watchInterruption } from './interruption.ts';
import { type DemoOptions, readOptions, WRONG_OPTIONS } from './options.ts';
import { runDemo } from './run-demo.ts';
import { openView } from './view.ts';

const started = performance.now();
const options = readOptions(process.argv.slice(2));
const view = openView(options.json ? process.stderr : process.stdout);
const signal = watchInterruption();
const cleanup = new Cleanup();
process.exitCode = await run().catch(explain);
for (const failure of await cleanup.run()) console.error(failure);

async function run(): Promise<number> {
  const folder = openFolder(options);
  const { comparison, ledger, console } = await runDemo(options, folder, { view, signal, cleanup });
  const kept = isKept(comparison);
  view.say(`\n${comparisonTable(comparison)}`);
  for (const note of [...comparisonNotes(comparison), ...answerNotes(ledger)]) view.say(note);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  view.say(
    kept
      ? `\nWith Latchkey nothing was duplicated and nothing was lost. (${seconds} s)`
      : `\nThe promise was broken: see duplicates, lost and applied backwards, or an action says more of its remote than is true. (${seconds} s)`,
  );
  if (options.json) process.stdout.write(`${comparisonJson(comparison, seconds)}\n`);
  if (options.serve) {
    view.say(`\nThe console stays open, with a worker, until Ctrl-C: ${console.url}`);
    await console.serve(signal);
  }
  return kept ? 0 : 1;
}

/** A temporary folder goes with us, even if we are killed. */
function openFolder({ keep }: DemoOptions): string {
  if (keep !== undefined) return openKept(keep);
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-demo-'));
  const watchdog = startWatchdog({ kind: 'process', folder });
  cleanup.defer(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    watchdog.dismiss();
  });
  return folder;
}

function openKept(keep: string): string {
  try {
    mkdirSync(keep, { recursive: true });
    return mkdtempSync(path.join(keep, 'demo-'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? `${keep} is a file, or in one` : messageOf(cause);
    throw new WrongOptions(`--keep: ${why}; name a folder that can be written to, or a new one`, { cause });
  }
}

function explain(error: unknown): number {
  view.end();
  const reason = signal.aborted ? signal.reason : error;
  if (reason instanceof Interrupted) {
    view.say(`\n${reason.message}: ending all processes …`);
    return reason.exitCode;
  }
  if (reason instanceof WrongOptions) {
    console.error(reason.message);
    return WRONG_OPTIONS;
  }
  console.error(reason instanceof DemoError ? `\n${reason.message}` : reason);
  return 1;
}
