import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root: string = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const programs = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  tsc: 'node_modules/typescript/bin/tsc',
  vitest: 'node_modules/vitest/vitest.mjs',
};

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One program, run with the Node that runs us. */
export interface Step {
  readonly name: string;
  readonly program: keyof typeof programs;
  /** What it is run with, once for each; all of them have to pass. */
  readonly runs: readonly (readonly string[])[];
}

/** The three steps that read the code without running it. */
export const staticSteps: readonly Step[] = [
  { name: 'format', program: 'biome', runs: [['format', '.']] },
  {
    name: 'lint',
    program: 'biome',
    runs: [['check', '--formatter-enabled=false', '--error-on-warnings', '.']],
  },
  // Everything as one program, and what is published under the stricter rules of its build.
  { name: 'types', program: 'tsc', runs: [['--noEmit'], ['--noEmit', '-p', 'packages']] },
];

/** Runs a step with our terminal, prints how it ended and how long it took, and says whether it passed. */
export async function runStep(step: Step): Promise<boolean> {
  console.log(`\n── ${step.name} ${'─'.repeat(Math.max(0, 60 - step.name.length))}`);
  const start = performance.now();
  let passed = true;
  for (const args of step.runs) if ((await exitCodeOf(step.program, args)) !== 0) passed = false;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${step.name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s`);
  return passed;
}

/** Runs the steps one after the other, all of them even when one fails, and counts how they ended. */
export async function runSteps(steps: readonly Step[]): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  for (const step of steps) if (await runStep(step)) passed += 1;
  return { passed, failed: steps.length - passed };
}

function exitCodeOf(program: Step['program'], args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...process.execArgv, path.join(root, programs[program]), ...args],
      {
        cwd: root,
        stdio: 'inherit',
      },
    );
    let interruptedBy: NodeJS.Signals | undefined;
    const pass = (signal: NodeJS.Signals): void => {
      interruptedBy = signal;
      // A terminal sends Ctrl-C to the program as well.
      if (signal !== 'SIGINT' || !process.stdout.isTTY) child.kill(signal);
    };
    for (const signal of endings) process.on(signal, pass);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const ending of endings) process.off(ending, pass);
      // The program has cleaned up; what would come next was not wanted any more.
      if (interruptedBy) process.exit(128 + constants.signals[interruptedBy]);
      resolve(signal ? 1 : (code ?? 1));
    });
  });
}
