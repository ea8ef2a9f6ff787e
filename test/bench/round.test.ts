import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Troupe } from './child/troupe.ts';
import { contenderNamed, type Listed } from './contenders.ts';
import { type Ground, openGround } from './ground/ground.ts';
import { audit } from './rounds/audit.ts';
import type { Cell } from './rounds/round.ts';
import { runRound } from './rounds/run-round.ts';
import { runCells } from './run-cells.ts';
import { Servers } from './servers.ts';

const troupe = new Troupe();
let ground: Ground;
let rounds = 0;

beforeAll(async () => {
  ground = await openGround({ databaseUrl: inject('postgresUrl'), redisUrl: inject('redisUrl') });
});

afterAll(async () => {
  await troupe.close();
  await ground.close();
});

function round(contender: Listed, cell: Partial<Cell>) {
  rounds += 1;
  const base = {
    axis: 'test',
    kind: 'throughput',
    concurrency: 20,
    effectMs: 0,
    workers: 1,
    jobs: 300,
  } as const;
  const id = `bench_test_${process.pid}_${rounds}`;
  const whole: Cell = { ...base, contender: contender.name, ...cell };
  return runRound({ ground, troupe, contender, cell: whole, preloads: true, served: undefined, id });
}

describe('a round', () => {
  it('measures jobs that two processes share, and what PostgreSQL writes for them', async () => {
    const { perSecond, walBytes, cpu } = await round(contenderNamed('naive-ledger'), { workers: 2 });
    expect(perSecond).toBeGreaterThan(0);
    expect(walBytes).toBeGreaterThan(100);
    if (process.platform === 'linux') expect(cpu.worker).toBeGreaterThan(0);
  });

  it('measures latency: never less than the effect takes', async () => {
    const cell = { kind: 'latency', perSecond: 500, effectMs: 30 } as const;
    const { latency } = await round(contenderNamed('bullmq-redis'), cell);
    expect(latency?.p50).toBeGreaterThanOrEqual(29);
    expect(latency?.p99).toBeGreaterThanOrEqual(latency?.p50 ?? Number.NaN);
  });

  it('fails when a contender has two effects on a job', async () => {
    const file = path.join(import.meta.dirname, 'fixtures', 'performs-twice.ts');
    const twice = { ...contenderNamed('bullmq-redis'), name: 'performs-twice', file };
    await expect(round(twice, {})).rejects.toThrow(
      'AUDIT: each of 300 jobs should have had 1 effect(s), but 1 had more and 0 had fewer',
    );
  });

  it('fails at once when a worker dies in the middle', async () => {
    const file = path.join(import.meta.dirname, 'fixtures', 'dies.ts');
    const dying = { ...contenderNamed('bullmq-redis'), name: 'dies', file };
    await expect(round(dying, {})).rejects.toThrow('the process ended (exit code 3)');
  });

  it('fails with what the process said when one breaks', async () => {
    const broken = {
      ...contenderNamed('bullmq-redis'),
      name: 'broken',
      file: '/there/is/no/such/contender.ts',
    };
    await expect(round(broken, {})).rejects.toThrow('/there/is/no/such/contender.ts');
  });
});

describe('the rounds of a run', () => {
  const cell = {
    axis: 'test',
    kind: 'throughput',
    concurrency: 20,
    effectMs: 0,
    workers: 1,
    jobs: 200,
  } as const;
  const run = (cells: readonly Cell[], most: number, overBy: number) => {
    const said: string[] = [];
    const course = { ground, troupe, servers: new Servers(), rounds: { least: 2, most, overBy } };
    return runCells({ ...course, say: (line) => said.push(line) }, cells).then((measured) => ({
      measured,
      said,
    }));
  };

  it('go on when a contender fails, which is not tried again and says why', async () => {
    const cells = ['no-such', 'bullmq-redis'].map((contender): Cell => ({ ...cell, contender }));
    const { measured, said } = await run(cells, 2, 0);
    const [failed, done] = measured;
    expect(failed).toMatchObject({
      rounds: [null, null],
      error: expect.stringContaining('no contender no-such'),
    });
    expect(done?.error).toBeUndefined();
    expect(done?.rounds).toHaveLength(2);
    expect(said.filter((line) => line.includes('FAILED'))).toHaveLength(1);
  });

  it('are as few as allowed where time is over, and as many where there is enough of it', async () => {
    const cells = [{ ...cell, contender: 'no-such' }];
    expect((await run(cells, 5, 0)).measured[0]?.rounds).toHaveLength(2);
    expect((await run(cells, 5, Number.POSITIVE_INFINITY)).measured[0]?.rounds).toHaveLength(5);
  });
});

describe('audit', () => {
  it('adds up the effects of all workers', () => {
    expect(() =>
      audit([{ effects: Uint16Array.of(1, 0) }, { effects: Uint16Array.of(0, 1) }], 1),
    ).not.toThrow();
    expect(() => audit([{ effects: Uint16Array.of(1, 0) }, { effects: Uint16Array.of(1, 1) }], 1)).toThrow(
      'AUDIT',
    );
    expect(() => audit([{ effects: Uint16Array.of(1, 0) }], 1)).toThrow('AUDIT');
  });
});
