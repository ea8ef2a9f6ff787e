// Builds the packages into packages/*/dist.
import { runStep } from './steps.ts';

const passed = await runStep({ name: 'build', program: 'tsc', args: ['-b', 'tsconfig.build.json'] });
process.exitCode = passed ? 0 : 1;
