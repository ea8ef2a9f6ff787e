import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root: string = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const programs = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  tsc: 'node_modules/typescript/bin/tsc',
  vitest: 'node_modules/vitest/vitest.mjs',
};

/** One program run with the Node that runs us. */
export interface Step {
  readonly name: string;
  readonly program: keyof typeof programs;
  readonly args: readonly string[];
}

/** The three steps that read the code without running it. */
export const staticSteps: readonly Step[] = [
  { name: 'format', program: 'biome', args: ['format', '.'] },
  {
    name: 'lint',
    program: 'biome',
    args: ['check', '--formatter-enabled=false', '--error-on-warnings', '.'],
  },
  { name: 'types', program: 'tsc', args: ['--noEmit'] },
];

/** Runs a step with our terminal, prints how it ended and how long it took, and says whether it passed. */
export async function runStep(step: Step): Promise<boolean> {
  console.log(`\n── ${step.name} ${'─'.repeat(Math.max(0, 60 - step.name.length))}`);
  const start = performance.now();
  const passed = (await exitCodeOf(step)) === 0;
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

function exitCodeOf({ program, args }: Step): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...process.execArgv, path.join(root, programs[program]), ...args],
      {
        cwd: root,
        stdio: 'inherit',
      },
    );
    const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
    process.once('SIGTERM', pass).once('SIGHUP', pass);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGTERM', pass).off('SIGHUP', pass);
      resolve(signal ? 1 : (code ?? 1));
    });
  });
}
