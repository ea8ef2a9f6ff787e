import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { actionOf } from '../../fixtures/actions.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import type { Performed } from '../action/effect.ts';
import { DeadlineExceeded, Declined, NotPerformed } from '../errors.ts';
import { attempt } from './attempt.ts';

const action = actionOf('idempotent');
const performed = { result: 'done' };

/** Starts an attempt on a clock that a test moves; `settle` ends its effect. */
function start(body?: () => Promise<Performed>) {
  const clock = new ManualClock();
  const abort = new AbortController();
  const effect = Promise.withResolvers<Performed>();
  const run = attempt({ action, clock, abort }, body ?? (() => effect.promise));
  return { clock, abort, effect, run };
}

describe('an effect that ends in time', () => {
  test('is performed, leaves no timer, and nothing that comes late', async () => {
    const { clock, abort, effect, run } = start();
    effect.resolve(performed);
    expect(await run).toEqual({ outcome: { kind: 'performed', performed }, late: null });
    expect(clock.waiting).toBe(0);
    await clock.advance(action.deadlineMs * 2);
    expect(abort.signal.aborted).toBe(false);
  });

  test('is sorted by what it throws, at once or later', async () => {
    const declined = new Declined('no');
    const { effect, run } = start();
    effect.reject(declined);
    expect(await run).toEqual({ outcome: { kind: 'declined', error: declined }, late: null });

    const refused = new NotPerformed('refused');
    const thrown = start(() => {
      throw refused;
    });
    expect(await thrown.run).toEqual({ outcome: { kind: 'not-performed', error: refused }, late: null });
  });
});

describe('an effect that misses its deadline', () => {
  test('leaves a doubt and is told to stop, not a millisecond before', async () => {
    const { clock, abort, run } = start();
    await clock.advance(action.deadlineMs - 1);
    expect(abort.signal.aborted).toBe(false);
    await clock.advance(1);
    const { outcome } = await run;
    expect(outcome).toMatchObject({ kind: 'ambiguous', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(abort.signal.reason).toBeInstanceOf(DeadlineExceeded);
    expect(abort.signal.reason.message).toContain('within 10000 ms');
  });

  test('counts from before the claim where it is told so', async () => {
    const clock = new ManualClock();
    await clock.advance(300);
    const abort = new AbortController();
    const run = attempt(
      { action, clock, until: action.deadlineMs, abort },
      () => new Promise(() => undefined),
    );
    await clock.advance(action.deadlineMs - 301);
    expect(abort.signal.aborted).toBe(false);
    await clock.advance(1);
    expect((await run).outcome.kind).toBe('ambiguous');
  });

  test('tells its outcome late', async () => {
    const { clock, effect, run } = start();
    await clock.advance(action.deadlineMs);
    const { late } = await run;
    effect.resolve(performed);
    expect(await late).toEqual({ kind: 'performed', performed });
  });

  test('tells its failure late, as an outcome and not as a rejection', async () => {
    const { clock, effect, run } = start();
    await clock.advance(action.deadlineMs);
    const { late } = await run;
    const error = new NotPerformed('stopped before the send');
    effect.reject(error);
    expect(await late).toEqual({ kind: 'not-performed', error });
  });

  test('may never end, and keeps nobody waiting', async () => {
    const { clock, run } = start();
    await clock.advance(action.deadlineMs);
    const { late } = await run;
    let ended = false;
    void late?.then(() => {
      ended = true;
    });
    await setImmediate();
    expect(ended).toBe(false);
  });
});
