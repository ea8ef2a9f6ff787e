import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Workspace packages are tested from their sources: Vite needs the condition for what it transforms,
// Node itself for what it loads without Vite and for the processes that tests start.
const source = '@latchkey/source';
const fromSource = { resolve: { conditions: [source] }, ssr: { resolve: { conditions: [source] } } };
// Projects of one group run at the same time, and must agree on the number of workers.
const alongside = { maxWorkers: 2, sequence: { groupOrder: 1 } };
const execArgv = [`--conditions=${source}`];
const SLOW_FAULTS = 'test/faults/slow/**/*.test.ts';

/** Real servers, and tests that start processes. */
const withServers = {
  globalSetup: ['test/setup/servers.ts'],
  execArgv,
  // Halves what a process needs to start, and these tests start many; Node itself keeps it up to date.
  env: { NODE_COMPILE_CACHE: join(tmpdir(), 'latchkey-test-compile-cache') },
  // One more than the two cores of a small machine: most of these wait for somebody.
  maxWorkers: 3,
  // The default of one second is over before a busy machine has taken a job.
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          // properties of thousands of values take a while on a busy machine
          testTimeout: 30_000,
          execArgv,
          ...alongside,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          execArgv,
          ...alongside,
          testTimeout: 120_000,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['test/simulation/**', SLOW_FAULTS, '**/node_modules/**'],
          ...withServers,
          // After the others: these wait for leases and locks, and a busy machine lets them run out.
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...fromSource,
        test: {
          // Failovers, full disks and the like take minutes: `npm run faults` runs them, `npm test` does not.
          name: 'slow-faults',
          include: [SLOW_FAULTS],
          ...withServers,
          sequence: { groupOrder: 3 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
