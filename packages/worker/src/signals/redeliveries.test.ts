import type { Answer, Ledger } from '@latchkey/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Redeliveries } from './redeliveries.ts';

type Note = Parameters<Ledger['note']>;

const told: Note[] = [];
const warned: string[] = [];
let passedOver = 0;
let isAway = false;
let redeliveries: Redeliveries;

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  warned.length = 0;
  passedOver = 0;
  isAway = false;
  const silent = () => undefined;
  redeliveries = new Redeliveries({
    ledger: {
      note: async (...note) => {
        if (isAway) throw new Error('away');
        told.push(note);
      },
    },
    actor: 'worker-1',
    log: { debug: silent, info: silent, error: silent, warn: (_, said) => warned.push(said ?? '') },
    passedOver: () => {
      passedOver += 1;
    },
  });
});
afterEach(() => vi.useRealTimers());

const answer = (intentId: string) => ({ intentId, action: 'a.b', attempt: 2, status: 'succeeded' }) as Answer;
const times = () => told.map(([id, { detail }]) => [id, (detail as { times: number }).times]);

test('tells of many in one entry: how many, since when, which job came last', async () => {
  for (let n = 1; n <= 1_000; n += 1) redeliveries.answered(answer('one'), `tickets/${n}`);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toMatchObject([
    [
      'one',
      { event: 'answered', attempt: 2, actor: 'worker-1', detail: { times: 1_000, lastJob: 'tickets/1000' } },
    ],
  ]);
});

test('tells of those that keep coming less and less often', async () => {
  for (let second = 0; second < 3_600; second += 1) {
    redeliveries.answered(answer('one'), 'tickets/1');
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(told.length).toBeLessThan(12);
  await redeliveries.close();
  expect(times().reduce((sum, [, count]) => sum + Number(count), 0)).toBe(3_600);
});

test('counts what comes beyond what it remembers, and has room again later', async () => {
  for (let n = 0; n < 130; n += 1) redeliveries.answered(answer(`i${n}`), 'tickets/1');
  expect(passedOver).toBe(30);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveLength(100);
  redeliveries.answered(answer('i129'), 'tickets/1');
  await redeliveries.close();
  expect([passedOver, told.at(-1)?.[0]]).toEqual([30, 'i129']);
});

test('goes on where the ledger can not be reached, and says so', async () => {
  isAway = true;
  redeliveries.answered(answer('one'), 'tickets/1');
  await vi.advanceTimersByTimeAsync(10_000);
  isAway = false;
  redeliveries.answered(answer('two'), 'tickets/2');
  await vi.advanceTimersByTimeAsync(10_000);
  expect([warned, times()]).toEqual([['redeliveries are missing in the story'], [['two', 1]]]);
});

test('nothing is left that would keep a process or wake it', async () => {
  redeliveries.answered(answer('one'), 'tickets/1');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(vi.getTimerCount()).toBe(0);
});
