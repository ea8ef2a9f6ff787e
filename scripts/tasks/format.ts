// Formats everything, sorts imports, and applies the fixes of the linter that are safe.
import { runStep } from './steps.ts';

const passed = await runStep({ name: 'format', program: 'biome', runs: [['check', '--write', '.']] });
process.exitCode = passed ? 0 : 1;
