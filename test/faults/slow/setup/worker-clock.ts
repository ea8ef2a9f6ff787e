import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { Launch } from '../../../worker/setup/worker-process.ts';
import { inTime } from '../../load.ts';

/** How the clock of a worker process is set off. */
export type ClockKind = 'injected' | 'libfaketime';

/** The wall clock of one worker process, to be set off while it runs. */
export interface WorkerClock {
  readonly launch: Launch;
  /** Sets the clock off by so many seconds; returns once the process has read such a time. */
  set(seconds: number): Promise<void>;
  /** Jumps that the process demonstrably saw. */
  jumps(): number;
}

const PRELOAD = fileURLToPath(new URL('./skewed-clock.ts', import.meta.url));
/** A jump counts as seen within this, in milliseconds; clocks are set off by an hour. */
const NEAR_MS = 600_000;

/** Where Debian's libfaketime is installed, or undefined. */
export function findFaketime(): string | undefined {
  const folders = existsSync('/usr/lib')
    ? readdirSync('/usr/lib').filter((name) => name.includes('-linux-'))
    : [];
  return folders
    .map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
    .find((file) => existsSync(file));
}

/** Makes a clock that is right at first. */
export async function openWorkerClock(kind: ClockKind): Promise<WorkerClock> {
  const folder = await mkdtemp(path.join(inject('folder'), 'clock-'));
  const [offset, witness] = [path.join(folder, 'offset'), path.join(folder, 'witness')];
  const write = async (seconds: number) => {
    await writeFile(
      `${offset}.new`,
      kind === 'injected' ? String(seconds * 1_000) : `${seconds >= 0 ? '+' : ''}${seconds}`,
    );
    await rename(`${offset}.new`, offset);
  };
  await write(0);
  let jumps = 0;
  return {
    launch: {
      execArgv: ['--import', PRELOAD],
      env: { CLOCK_WITNESS_FILE: witness, ...(kind === 'injected' ? injected(offset) : faketime(offset)) },
    },
    set: async (seconds) => {
      await write(seconds);
      await inTime(async () => {
        const seen = Number(await readFile(witness, 'utf8'));
        const off = seen - Date.now() - seconds * 1_000;
        if (seen === 0 || Math.abs(off) > NEAR_MS) throw new Error(`the worker's clock is off by ${off} ms`);
      });
      jumps += 1;
    },
    jumps: () => jumps,
  };
}

function injected(offset: string): NodeJS.ProcessEnv {
  return { CLOCK_OFFSET_FILE: offset };
}

function faketime(offset: string): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: findFaketime() ?? '',
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
