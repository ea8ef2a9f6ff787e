import { expect, test } from 'vitest';
import { actionOf, KEY_TTL_MS } from '../../fixtures/actions.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import type { AnyAction } from '../action/action.ts';
import { submissionOf } from '../intent/submission-of.ts';
import { MemoryLedger } from '../ledger/memory/memory-ledger.ts';
import type { IntentRecord } from '../ledger/record.ts';
import { Leases } from '../perform/leases.ts';
import { Overdue } from './overdue.ts';
import { performClaimed } from './perform-claimed.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** An intent that is claimed, and an effect that counts its sends. */
async function scene() {
  const clock = new ManualClock();
  const ledger = new MemoryLedger(() => clock.now());
  const sends = { count: 0 };
  const template = actionOf('idempotent');
  const perform = async () => {
    sends.count += 1;
    return { result: 'done' };
  };
  const action: AnyAction = { ...template, effect: { ...template.effect, perform } };
  const submission = submissionOf(action, { caseId: 'CASE-1' }, { submittedBy: 'test' });
  await ledger.submit(submission);
  const wish = {
    id: submission.id,
    claimant: 'worker/1',
    kind: 'idempotent',
    leaseMs: action.leaseMs,
  } as const;
  const claimed = await ledger.claim(wish);
  if (claimed.kind !== 'claimed') throw new Error('not claimed');
  const leases = new Leases(clock, (id, token, leaseMs) => ledger.renew(id, token, leaseMs));
  const overdue = new Overdue(clock);
  const ports = { ledger, leases, overdue, clock, log, newClaimant: () => 'worker/2' };
  const run = (change: Partial<IntentRecord> = {}, mayPerform?: () => Promise<void>) => {
    return performClaimed(ports, { action, mayPerform }, { ...claimed.record, ...change }, 0);
  };
  return { action, clock, sends, run };
}

test('performs what it has claimed, and records it', async () => {
  const { run, sends } = await scene();
  expect(await run()).toMatchObject({ kind: 'recorded', record: { state: 'succeeded' } });
  expect(sends.count).toBe(1);
});

test("sends nothing again once the remote's key window ended before the claim; the doubt is held", async () => {
  const { action, run, sends } = await scene();
  const { record } = await run({ sentAgoMs: KEY_TTL_MS - action.deadlineMs, claimedAgoMs: 0 });
  expect(record).toMatchObject({ state: 'in_doubt', dueInMs: null });
  expect(sends.count).toBe(0);
});

test('sends nothing after its deadline, which counts from before the claim', async () => {
  const { action, clock, run, sends } = await scene();
  await clock.advance(action.deadlineMs);
  const { record } = await run();
  expect(record).toMatchObject({ state: 'pending', error: { code: 'NOT_PERFORMED' } });
  expect(sends.count).toBe(0);
});

test('waits until it may perform, under its lease; its deadline counts from then', async () => {
  const { action, clock, run, sends } = await scene();
  const permit = Promise.withResolvers<void>();
  const done = run({}, () => permit.promise);
  for (let waited = 0; waited <= action.deadlineMs; waited += action.leaseMs / 4)
    await clock.advance(action.leaseMs / 4);
  expect(sends.count).toBe(0);
  permit.resolve();
  expect((await done).record).toMatchObject({ state: 'succeeded', token: 1 });
  expect(sends.count).toBe(1);
});

test("sends nothing again where the remote's key window ended while it waited", async () => {
  const { action, clock, run, sends } = await scene();
  const wait = () => clock.advance(action.leaseMs / 4);
  const { record } = await run({ sentAgoMs: KEY_TTL_MS - action.deadlineMs - 1, claimedAgoMs: 0 }, wait);
  expect(record).toMatchObject({ state: 'in_doubt', dueInMs: null });
  expect(sends.count).toBe(0);
});
