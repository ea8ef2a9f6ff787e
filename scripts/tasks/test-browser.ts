// Runs the tests that click through the console in a real browser; they are part of `npm test` too.
// `--update-screenshots` also takes the pictures that docs/console.md shows; other arguments go to vitest.
import { runStep } from './steps.ts';

const UPDATE = '--update-screenshots';
const given = process.argv.slice(2);
const rest = given.filter((argument) => argument !== UPDATE);
if (given.includes(UPDATE)) process.env.LATCHKEY_UPDATE_SCREENSHOTS = '1';

const passed = await runStep({
  name: 'browser tests',
  program: 'vitest',
  runs: [['run', '--configLoader=native', '--project=integration', 'test/browser', ...rest]],
});
process.exitCode = passed ? 0 : 1;
