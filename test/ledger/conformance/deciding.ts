import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import {
  claimed,
  DOUBT_DUE,
  ERROR,
  ended,
  FAILED,
  found,
  granted,
  IN_DOUBT,
  LONG_MS,
  NOT_PERFORMED,
  SUCCEEDED,
  submission,
  submitted,
  wish,
} from './scenes.ts';

const ANN = { by: 'ann', reason: 'I looked' };

/** What the remote, or a person, decides about an intent that nobody holds. */
export function deciding(open: OpenLedger): void {
  describe('settle', () => {
    const under = opened(open);

    it.each([SUCCEEDED, FAILED, { state: 'pending', error: ERROR, dueInMs: 0 } as const])(
      'ends a doubt ($state)',
      async (ending) => {
        const doubt = await ended(under.ledger, IN_DOUBT);
        const { kind, record } = await under.ledger.settle(doubt.id, doubt.token, ending, ANN);
        expect([kind, record.state, record.token]).toEqual(['recorded', ending.state, 1]);
      },
    );

    it('counts the questions about a doubt that stays one, and forgets them with it', async () => {
      const doubt = await ended(under.ledger, IN_DOUBT);
      await under.ledger.settle(doubt.id, doubt.token, DOUBT_DUE, ANN);
      const asked = await under.ledger.settle(doubt.id, doubt.token, { ...DOUBT_DUE, dueInMs: 0 }, ANN);
      expect(asked.record).toMatchObject({ state: 'in_doubt', asked: 2 });
      const again = granted(await under.ledger.takeOver(wish(doubt.id), doubt.token));
      expect((await under.ledger.record(again, IN_DOUBT)).record.asked).toBe(0);
    });

    it('lets the first of two decisions stand', async () => {
      const doubt = await ended(under.ledger, IN_DOUBT);
      const both = await Promise.all([
        under.ledger.settle(doubt.id, doubt.token, SUCCEEDED, ANN),
        under.ledger.settle(doubt.id, doubt.token, FAILED, { by: 'bob', reason: 'so did I' }),
      ]);
      expect(both.map(({ kind }) => kind).sort()).toEqual(['recorded', 'stale']);
      const first = both.find(({ kind }) => kind === 'recorded')?.record.state;
      expect((await found(under.ledger, doubt.id)).state).toBe(first);
    });

    it('refuses what is not in doubt, and a doubt of another attempt', async () => {
      const held = await claimed(under.ledger);
      expect((await under.ledger.settle(held.id, held.token, SUCCEEDED, ANN)).kind).toBe('stale');
      const doubt = await ended(under.ledger, { ...DOUBT_DUE, dueInMs: 0 });
      const again = granted(await under.ledger.takeOver(wish(doubt.id), doubt.token));
      await under.ledger.record(again, IN_DOUBT);
      expect((await under.ledger.settle(doubt.id, doubt.token, SUCCEEDED, ANN)).kind).toBe('stale');
    });

    it('forgets that anything was sent only on the word of somebody who vouches for it', async () => {
      const pending = { state: 'pending', error: ERROR, dueInMs: 0 } as const;
      const [one, other] = [await ended(under.ledger, IN_DOUBT), await ended(under.ledger, IN_DOUBT)];
      const unsure = await under.ledger.settle(one.id, one.token, pending, ANN);
      const sure = await under.ledger.settle(other.id, other.token, pending, { ...ANN, vouched: true });
      expect([unsure.record.sentAgoMs === null, sure.record.sentAgoMs === null]).toEqual([false, true]);
    });

    it('is overruled by a success of the same attempt, until somebody claims anew', async () => {
      const pending = { state: 'pending', error: ERROR, dueInMs: 0 } as const;
      const [one, other] = [await claimed(under.ledger), await claimed(under.ledger)];
      for (const held of [one, other]) {
        await under.ledger.record(held, IN_DOUBT);
        await under.ledger.settle(held.id, held.token, pending, ANN);
      }
      await under.ledger.claim(wish(other.id));
      expect((await under.ledger.record(one, FAILED)).kind).toBe('stale');
      expect(await under.ledger.record(one, SUCCEEDED)).toMatchObject({
        kind: 'recorded',
        record: SUCCEEDED,
      });
      expect((await under.ledger.record(other, SUCCEEDED)).kind).toBe('stale');
    });

    it('leaves the outcome that comes too late as evidence', async () => {
      const held = await claimed(under.ledger);
      await under.ledger.record(held, IN_DOUBT);
      await under.ledger.settle(held.id, held.token, { ...SUCCEEDED, externalId: null }, ANN);
      expect((await under.ledger.record(held, SUCCEEDED)).kind).toBe('stale');
      expect((await found(under.ledger, held.id)).externalId).toBeNull();
    });
  });

  describe('replay', () => {
    const under = opened(open);

    it('makes a failed intent pending again, with its retries unused', async () => {
      const failed = await ended(under.ledger, FAILED);
      const { kind, record } = await under.ledger.replay(failed.id, failed.token, ANN);
      expect(kind).toBe('recorded');
      expect(record).toMatchObject({
        state: 'pending',
        token: 1,
        tries: 0,
        sentAgoMs: null,
        finishedAt: null,
      });
      const again = granted(await under.ledger.claim(wish(failed.id)));
      expect(again).toMatchObject({ token: 2, tries: 1, input: failed.input });
      expect((await under.ledger.record(again, SUCCEEDED)).record.error).toBeNull();
    });

    it('replays once when two ask at the same moment', async () => {
      const failed = await ended(under.ledger, FAILED);
      const both = await Promise.all([
        under.ledger.replay(failed.id, failed.token, ANN),
        under.ledger.replay(failed.id, failed.token, { by: 'bob', reason: 'again' }),
      ]);
      expect(both.map(({ kind }) => kind).sort()).toEqual(['recorded', 'stale']);
    });

    it.each([SUCCEEDED, IN_DOUBT, NOT_PERFORMED])('refuses what has not failed ($state)', async (ending) => {
      const { id, token } = await ended(under.ledger, ending);
      expect(await under.ledger.replay(id, token, ANN)).toMatchObject({
        kind: 'stale',
        record: { state: ending.state },
      });
    });

    it('refuses a token that is no longer current', async () => {
      const failed = await ended(under.ledger, FAILED);
      await under.ledger.replay(failed.id, failed.token, ANN);
      await under.ledger.record(granted(await under.ledger.claim(wish(failed.id))), FAILED);
      expect((await under.ledger.replay(failed.id, failed.token, ANN)).kind).toBe('stale');
    });
  });

  describe('decide', () => {
    const under = opened(open);
    const awaiting = () => submitted(under.ledger, { approvalMs: LONG_MS });

    it('holds an intent until it is approved', async () => {
      const one = submission({ approvalMs: LONG_MS });
      const { record } = await under.ledger.submit(one);
      expect(record.state).toBe('awaiting_approval');
      expect(await under.ledger.admit(one, wish(one.id))).toMatchObject({
        kind: 'found',
        record: { state: 'awaiting_approval' },
      });
      expect(await under.ledger.decide(one.id, 'approve', ANN)).toMatchObject({
        kind: 'recorded',
        record: { state: 'pending', dueInMs: null },
      });
      expect(await under.ledger.claim(wish(one.id))).toMatchObject({ kind: 'claimed' });
    });

    it('lets the first of two decisions stand', async () => {
      const { id } = await awaiting();
      const both = await Promise.all([
        under.ledger.decide(id, 'approve', ANN),
        under.ledger.decide(id, 'reject', { by: 'bob', reason: 'no' }),
      ]);
      expect(both.map(({ kind }) => kind).sort()).toEqual(['recorded', 'stale']);
      expect((await under.ledger.decide(id, 'approve', ANN)).kind).toBe('stale');
    });

    it('refuses a decision on another fingerprint than the reviewer saw', async () => {
      const { id, fingerprint } = await awaiting();
      const other = { ...ANN, fingerprint: 'f'.repeat(64) };
      expect((await under.ledger.decide(id, 'approve', other)).kind).toBe('stale');
      expect((await under.ledger.decide(id, 'approve', { ...ANN, fingerprint })).kind).toBe('recorded');
    });

    it('approves in time only, and expires only after it', async () => {
      const { id } = await awaiting();
      expect((await under.ledger.decide(id, 'expire', ANN)).kind).toBe('stale');
      await under.advance(LONG_MS + 1);
      expect((await under.ledger.decide(id, 'approve', ANN)).kind).toBe('stale');
      expect(await under.ledger.decide(id, 'expire', ANN)).toMatchObject({
        kind: 'recorded',
        record: { state: 'expired' },
      });
    });

    it('cancels what was surely not sent', async () => {
      const pending = await submitted(under.ledger);
      expect((await under.ledger.decide(pending.id, 'cancel', ANN)).record.state).toBe('cancelled');
      expect(await under.ledger.claim(wish(pending.id))).toMatchObject({ kind: 'found' });
      const held = await claimed(under.ledger);
      expect((await under.ledger.decide(held.id, 'cancel', ANN)).kind).toBe('stale');
    });
  });
}
