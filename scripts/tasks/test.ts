// Checks format, lint and types, runs all tests but the slow rows of the fault table (`npm run faults`), and ends with
// one line that counts everything.
// Arguments go to vitest: `npm test -- keys --project unit`.
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runStep, runSteps, staticSteps } from './steps.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-test-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true })); // however it ends

const checks = await runSteps(staticSteps);
const tests = await runTests(process.argv.slice(2), path.join(folder, 'report.json'));
const passed = checks.passed + tests.passed;
const failed = checks.failed + tests.failed;
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed${skipped}`);

async function runTests(filters: readonly string[], report: string): Promise<Counts> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const passed = await runStep({
    name: 'tests',
    program: 'vitest',
    // Vitest's own way of loading its configuration writes a file into a checkout that may belong to others.
    runs: [['run', '--configLoader=native', '--project=!slow-faults', ...reporters, ...filters]],
  });
  const counts = await readCounts(report);
  // A file that does not load, an unhandled rejection or a failed set-up fails the run, but no test.
  return passed || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

async function readCounts(report: string): Promise<Counts> {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      await readFile(report, 'utf8'),
    ) as Record<`num${'Passed' | 'Failed' | 'Pending' | 'Todo'}Tests`, number>;
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
