import { atMostOnce, defineAction, type Ledger, type OpenIntent } from '@latchkey/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { JobQueue } from '../queue/queue-backend.ts';
import type { Runtime } from '../runtime.ts';
import { Sweeper } from './sweeper.ts';

const action = defineAction({
  name: 'message.send',
  input: z.object({ id: z.string() }),
  key: ['id'],
  effect: atMostOnce({ perform: async () => ({ result: null }) }),
});

const overdue: OpenIntent = {
  id: '00000000-0000-8000-8000-000000000001',
  action: 'message.send',
  state: 'pending',
  token: 0,
  tries: 0,
  asked: 0,
  kind: null,
  turn: null,
  purged: false,
  ageMs: 60_000,
  sentAgoMs: null,
  claimedAgoMs: null,
  leaseLeftMs: null,
  dueInMs: null,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('gives up a sweep whose queue stays silent, so that another process can sweep', async () => {
  let held = false;
  const ledger: Partial<Ledger> = {
    exclusively: async (_name, body) => {
      held = true;
      await body().finally(() => {
        held = false;
      });
      return true;
    },
    open: async () => ({ intents: [overdue], next: null }),
  };
  const silent: Partial<JobQueue> = { getJob: () => new Promise(() => undefined) };
  const runtime = { ledger } as unknown as Runtime;
  const sweeper = new Sweeper(runtime, silent as JobQueue, [action], { intervalMs: 1_000, graceMs: 0 });

  const swept = expect(sweeper.runOnce()).rejects.toThrow('the queue did not answer');
  await vi.advanceTimersByTimeAsync(9_000);
  expect(held).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  await swept;
  expect(held).toBe(false);
});

describe('after a sweep of two seconds', () => {
  const pageOf = (intents: number) => Array.from({ length: intents }, () => overdue);

  test.for([
    {
      rest: 'rests nine times as long',
      pauseMs: 18_000,
      why: 'through a long backlog',
      read: 500,
      isMissing: false,
    },
    {
      rest: 'goes on as ever',
      pauseMs: 1_000,
      why: 'that read little: the machine is busy',
      read: 499,
      isMissing: false,
    },
    { rest: 'goes on as ever', pauseMs: 1_000, why: 'that found jobs missing', read: 500, isMissing: true },
  ])('$rest: $why', async ({ pauseMs, read, isMissing }) => {
    let sweeps = 0;
    const ledger: Partial<Ledger> = {
      exclusively: async (_name, body) => {
        sweeps += 1;
        await body();
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        return true;
      },
      open: async () => ({ intents: pageOf(read), next: null }),
      purge: async () => 0,
    };
    const queue = { getJob: async () => (isMissing ? undefined : { delay: 0 }), add: async () => undefined };
    const runtime = { ledger, log: { info: () => undefined } } as unknown as Runtime;
    const options = { intervalMs: 1_000, graceMs: 0 };
    const sweeper = new Sweeper(runtime, queue as unknown as JobQueue, [action], options);
    sweeper.start(); // the first one begins after 750 to 1,250 ms
    await vi.advanceTimersByTimeAsync(750 + 2_000 + pauseMs - 1);
    expect(sweeps).toBe(1);
    await vi.advanceTimersByTimeAsync(500 + 2);
    expect(sweeps).toBe(2);
    await vi.advanceTimersByTimeAsync(2_000);
    await sweeper.stop();
  });
});

test('looks through a long backlog sweep by sweep, and through all of it at once where jobs are missing', async () => {
  const read: (string | null)[] = [];
  let isMissing = false;
  const ledger: Partial<Ledger> = {
    exclusively: async (_name, body) => {
      await body();
      return true;
    },
    open: async (_action, after) => {
      read.push(after);
      const page = after === null ? 1 : Number(after) + 1;
      return { intents: [overdue], next: page < 10 ? String(page) : null };
    },
    purge: async () => 0,
  };
  const queue = { getJob: async () => (isMissing ? undefined : { delay: 0 }), add: async () => undefined };
  const runtime = { ledger, log: { info: () => undefined } } as unknown as Runtime;
  const sweeper = new Sweeper(runtime, queue as unknown as JobQueue, [action], {
    intervalMs: 1_000,
    graceMs: 0,
  });
  for (let sweep = 0; sweep < 3; sweep += 1) await sweeper.runOnce();
  expect(read).toEqual([null, '1', '2', '3', '4', '5', '6', '7', '8', '9']);

  isMissing = true;
  read.length = 0;
  expect(await sweeper.runOnce()).toMatchObject({ dispatched: 10 });
  expect(read).toHaveLength(10);
});
