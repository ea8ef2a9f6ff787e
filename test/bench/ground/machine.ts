import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os';
import path from 'node:path';
import { median } from '../arithmetic.ts';
import type { Ground } from './ground.ts';

/** What the figures of a run depend on beside the code, in the order in which it is printed. */
export type Machine = Readonly<Record<string, string>>;

const PROBES = 100;
const PAGE = Buffer.alloc(4_096, 1);

/** Describes the machine and its servers. */
export async function machineOf(ground: Ground): Promise<Machine> {
  const settings = Object.entries(ground.postgresSettings).map(([name, value]) => `${name} ${value}`);
  const where = (pid: number | null) => (pid === null ? ', which was there before' : '');
  return {
    CPU: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    Node: process.version,
    PostgreSQL: `${ground.postgresVersion}${where(ground.postgresPid)}; ${settings.join(', ')}`,
    Redis: `${ground.redisVersion}${where(ground.redisPid)}${ground.redisPid === null ? '' : '; nothing is kept on disk'}`,
    fsync: `${(await fsyncMs(ground.dataDir)).toFixed(2)} ms for 4 KiB (median of ${PROBES})`,
  };
}

/** How long a durable write of one page takes, where PostgreSQL writes if that is known, in milliseconds. */
async function fsyncMs(dataDir: string | null): Promise<number> {
  const folder = await mkdtemp(path.join(dataDir ?? tmpdir(), 'fsync-'));
  const file = openSync(path.join(folder, 'probe'), 'w');
  try {
    const times = Array.from({ length: PROBES }, (_, probe) => {
      const start = performance.now();
      writeSync(file, PAGE, 0, PAGE.length, probe * PAGE.length);
      fsyncSync(file);
      return performance.now() - start;
    });
    return median(times);
  } finally {
    closeSync(file);
    await rm(folder, { recursive: true, force: true });
  }
}
