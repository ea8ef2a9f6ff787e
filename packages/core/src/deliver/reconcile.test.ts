import { expect, test } from 'vitest';
import { actionOf, QUIET_MS } from '../../fixtures/actions.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import type { AnyAction } from '../action/action.ts';
import type { EffectContext, Reconciled } from '../action/effect.ts';
import { submissionOf } from '../intent/submission-of.ts';
import { MemoryLedger } from '../ledger/memory/memory-ledger.ts';
import { Leases } from '../perform/leases.ts';
import { Overdue } from './overdue.ts';
import { reconcile } from './reconcile.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** A doubt about an attempt of an action that allows three, and what its remote says of it. */
async function ask(
  says: Reconciled | Promise<Reconciled>,
  whenAbsent: 'hold' | 'perform',
  tries = 1,
  clock: ManualClock = new ManualClock(),
  { asked = 0, generation = 1, hears = (_: string): void => undefined } = {},
) {
  const ledger = new MemoryLedger(() => clock.now());
  const template = actionOf('reconcilable');
  const hearing = async (_: unknown, { reference }: EffectContext) => {
    hears(reference);
    return says;
  };
  const effect = { ...template.effect, whenAbsent, reconcile: hearing };
  const action = { ...template, effect } as AnyAction;
  const submission = submissionOf(action, { caseId: 'CASE-1' }, { submittedBy: 'test' });
  await ledger.submit(submission);
  const wish = { id: submission.id, claimant: 'worker/1', kind: 'reconcilable', leaseMs: 30_000 } as const;
  const claimed = await ledger.claim(wish);
  if (claimed.kind !== 'claimed') throw new Error('not claimed');
  const error = { code: 'AMBIGUOUS', message: 'reset' } as const;
  const { record } = await ledger.record(claimed.record, { state: 'in_doubt', error, dueInMs: 0 });
  const leases = new Leases(clock, (id, token, leaseMs) => ledger.renew(id, token, leaseMs));
  const overdue = new Overdue(clock);
  const ports = { ledger, leases, overdue, clock, log, newClaimant: () => 'worker/2' };
  return (await reconcile(ports, action, { ...record, tries, asked, generation })).record;
}

test('an effect that the remote has is a success', async () => {
  expect(await ask({ found: true, result: 'page 7' }, 'hold')).toMatchObject({
    state: 'succeeded',
    result: '"page 7"',
  });
});

test('"absent" holds the doubt, to be asked about again', async () => {
  expect(await ask({ found: false }, 'hold')).toMatchObject({
    state: 'in_doubt',
    asked: 1,
    dueInMs: QUIET_MS,
  });
});

test.each([
  [0, QUIET_MS],
  [1, 2 * QUIET_MS],
  [2, 4 * QUIET_MS],
  [30, 3_600_000],
])(
  'after %i fruitless questions the next one comes %i ms later: twice as long each time, up to an hour',
  async (asked, dueInMs) => {
    expect(await ask({ found: false }, 'hold', 1, new ManualClock(), { asked })).toMatchObject({ dueInMs });
  },
);

test('the remote is asked about the present generation, not about an earlier one', async () => {
  const heard: string[] = [];
  const hears = (reference: string) => void heard.push(reference);
  for (const generation of [1, 2]) {
    const { id } = await ask({ found: false }, 'hold', 1, new ManualClock(), { generation, hears });
    expect(heard.at(-1)).toBe(generation === 1 ? id : `${id}.2`);
  }
});

test('"absent" performs again where the action says so', async () => {
  expect(await ask({ found: false }, 'perform')).toMatchObject({ state: 'pending', dueInMs: 0 });
});

test('"unsure" never performs again', async () => {
  expect(await ask({ found: 'unsure' }, 'perform')).toMatchObject({ state: 'in_doubt', asked: 1 });
});

test("no more attempts are made than the action's retries allow, whatever the remote says", async () => {
  expect(await ask({ found: false }, 'perform', 2)).toMatchObject({ state: 'pending' });
  expect(await ask({ found: false }, 'perform', 3)).toMatchObject({ state: 'in_doubt', asked: 1 });
});

test('a question that is never answered holds the doubt after the deadline', async () => {
  const clock = new ManualClock();
  const asked = ask(new Promise(() => undefined), 'perform', 1, clock);
  await new Promise((resolve) => setImmediate(resolve)); // it is under way
  await clock.advance(actionOf('reconcilable').deadlineMs);
  expect(await asked).toMatchObject({ state: 'in_doubt', asked: 1 });
});
