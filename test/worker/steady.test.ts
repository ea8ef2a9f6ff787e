import { defineAction, idempotent } from '@latchkey/core';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { connectionsNeeded } from '../../packages/worker/src/doctor/connections-needed.ts';
import { BACKENDS, openStage, type Stage } from './setup/stage.ts';

const input = z.object({ n: z.number() });
const action = defineAction({
  name: 'steady.count',
  input,
  key: ['n'],
  effect: idempotent({
    keyTtlMs: 3_600_000,
    perform: async ({ n }: z.infer<typeof input>) => ({ result: n }),
  }),
});

/** All that are prepared, and what isn't; which of them a worker meets depends on how busy the machine is. */
const STATEMENTS = [
  '',
  'submit',
  'admit',
  'claim',
  'claim-shared',
  'find',
  'renew',
  'record',
  'record-objects',
];

afterEach(() => vi.restoreAllMocks());

/** What a process must not have more of the longer it works. */
interface Census {
  /** Names of prepared statements, of all connections together. */
  readonly statements: readonly string[];
  /** Connections to PostgreSQL that were opened so far. */
  readonly connections: number;
  /** Node warns once an emitter has more than ten listeners of a kind. */
  readonly warnings: number;
}

/** Listens to what this process asks of PostgreSQL, and to Node's warnings. */
function startCensus(): () => Census {
  const queries = vi.spyOn(pg.Client.prototype, 'query');
  const connects = vi.spyOn(pg.Client.prototype, 'connect');
  const warned = vi.spyOn(process, 'emitWarning');
  return () => ({
    statements: [...new Set(queries.mock.calls.map(([query]) => nameOf(query)))].sort(),
    connections: connects.mock.calls.length,
    warnings: warned.mock.calls.length,
  });
}

function nameOf(query: unknown): string {
  return typeof query === 'object' && query !== null && 'name' in query ? String(query.name) : '';
}

/** Intents that have succeeded. */
async function done({ query }: Stage): Promise<number> {
  const rows = await query<{ n: number }>(
    "select count(*)::int as n from $schema.intent where state = 'succeeded'",
  );
  return rows[0]?.n ?? 0;
}

/** What the queue keeps of jobs that are over. */
async function jobsLeft({ settings, query }: Stage): Promise<number> {
  if (settings.queue === 'postgres') {
    const rows = await query<{ jobs: number }>(
      'select count(*)::int as jobs from bullmq.job where queue = $1',
      [settings.queueName],
    );
    return rows[0]?.jobs ?? 0;
  }
  const redis = new Redis(settings.redisUrl);
  const keys = await redis.keys(`bull:${settings.queueName}:*-*-8*`); // named by the intent's id
  redis.disconnect();
  return keys.length;
}

describe.each(BACKENDS)('a worker with jobs in %s', (backend) => {
  test('prepares the same few statements for thousands of jobs, and opens no more connections than it may', async () => {
    await using stage = await openStage(backend);
    const client = await stage.connect(action);
    const take = startCensus();
    await stage.startWorker([action], { concurrency: 50 });
    const perform = async (from: number, to: number) => {
      const items = Array.from({ length: to - from }, (_, n) => ({ action, input: { n: from + n } }));
      await client.submitMany(items);
      // by the ledger: a busy machine loses locks of the queue, and then a job is answered twice
      await expect.poll(() => done(stage), { timeout: 50_000 }).toBe(to);
    };
    await perform(0, 500);
    const before = take();
    expect(before.statements).toEqual(expect.arrayContaining(['claim', 'record', 'submit']));
    await perform(500, 1_000);
    await perform(1_000, 2_500);
    const { statements, connections, warnings } = take();
    expect(STATEMENTS).toEqual(expect.arrayContaining([...statements]));
    expect(warnings).toBe(before.warnings);
    const need = (isWorker: boolean) => connectionsNeeded({ kind: backend, poolSize: 10, isWorker });
    expect(connections).toBeLessThanOrEqual(need(true) + need(false));
    await expect.poll(() => jobsLeft(stage)).toBe(0);
  });
});
