// Builds the packages into packages/*/dist, afresh: what is left of a removed file would be published.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { root, runStep } from './steps.ts';

for (const name of ['core', 'worker', 'examples']) {
  await rm(path.join(root, 'packages', name, 'dist'), { recursive: true, force: true });
}
const passed = await runStep({ name: 'build', program: 'tsc', runs: [['-b', 'tsconfig.build.json']] });
process.exitCode = passed ? 0 : 1;
