// Checks format, lint and types, and runs no tests.
import { runSteps, staticSteps } from './steps.ts';

const { failed } = await runSteps(staticSteps);
process.exitCode = failed === 0 ? 0 : 1;
