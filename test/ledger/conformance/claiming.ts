import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import {
  claimed,
  DOUBT_DUE,
  ended,
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

/** Claims: one holder at a time, with a token that rises. */
export function claiming(open: OpenLedger): void {
  describe('claim', () => {
    const under = opened(open);

    it('grants a pending intent, with a token and a lease', async () => {
      const { id } = await submitted(under.ledger);
      const mine = wish(id, { kind: 'atMostOnce' });
      const record = granted(await under.ledger.claim(mine));
      expect(record).toMatchObject({ state: 'claimed', token: 1, tries: 1, kind: 'atMostOnce' });
      expect(record.claimant).toBe(mine.claimant);
      expect(record.leaseLeftMs).toBeGreaterThan(LONG_MS / 2);
      expect([record.sentAgoMs, record.claimedAgoMs]).toEqual([0, 0]);
    });

    it('refuses an intent whose time has not come, and grants it then', async () => {
      const { id } = await ended(under.ledger, NOT_PERFORMED);
      const early = await under.ledger.claim(wish(id));
      expect(early).toMatchObject({ kind: 'found', record: { state: 'pending', token: 1 } });
      await under.advance(LONG_MS);
      expect(await under.ledger.claim(wish(id))).toMatchObject({
        kind: 'claimed',
        record: { token: 2, tries: 2 },
      });
    });

    it('says that an intent is missing', async () => {
      expect(await under.ledger.claim(wish(randomUUID()))).toEqual({ kind: 'missing' });
      expect(await under.ledger.takeOver(wish(randomUUID()), 0)).toEqual({ kind: 'missing' });
    });

    it('shows what another one holds, even when its lease is over', async () => {
      const held = await claimed(under.ledger);
      expect(await under.ledger.claim(wish(held.id))).toMatchObject({
        kind: 'found',
        record: { state: 'claimed', claimant: held.claimant },
      });
      await under.advance(LONG_MS + 1);
      const late = await under.ledger.claim(wish(held.id));
      expect(late.kind).toBe('found');
      expect(late.kind === 'found' && late.record.leaseLeftMs).toBeLessThan(0);
    });

    it('recognises its own claim when the acknowledgement was lost', async () => {
      const { id } = await submitted(under.ledger);
      const mine = wish(id);
      const [first, again] = [await under.ledger.claim(mine), await under.ledger.claim(mine)];
      expect([granted(first).token, granted(again).token]).toEqual([1, 1]);
    });

    it('shows a finished intent with its outcome', async () => {
      const { id } = await ended(under.ledger, SUCCEEDED);
      expect(await under.ledger.claim(wish(id))).toMatchObject({
        kind: 'found',
        record: { state: 'succeeded', result: SUCCEEDED.result, externalId: 'T-7' },
      });
    });

    it('grants one of many at once', async () => {
      const { id } = await submitted(under.ledger);
      const all = await Promise.all(Array.from({ length: 50 }, () => under.ledger.claim(wish(id))));
      expect(all.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
      expect((await found(under.ledger, id)).token).toBe(1);
    });
  });

  describe('admit', () => {
    const under = opened(open);

    it('submits and claims in one step', async () => {
      const one = submission();
      const record = granted(await under.ledger.admit(one, wish(one.id)));
      expect(record).toMatchObject({ state: 'claimed', token: 1, tries: 1, input: one.input });
      expect(await found(under.ledger, one.id)).toMatchObject({ state: 'claimed', token: 1, tries: 1 });
    });

    it('claims an intent that was submitted before', async () => {
      const one = submission();
      await under.ledger.submit(one);
      expect(await under.ledger.admit(one, wish(one.id))).toMatchObject({ kind: 'claimed' });
    });

    it('shows an intent that is held or finished', async () => {
      const one = submission();
      const held = granted(await under.ledger.admit(one, wish(one.id)));
      expect(await under.ledger.admit(one, wish(one.id))).toMatchObject({ kind: 'found' });
      await under.ledger.record(held, SUCCEEDED);
      expect(await under.ledger.admit(one, wish(one.id))).toMatchObject({
        kind: 'found',
        record: { state: 'succeeded' },
      });
    });

    it('recognises its own claim when the acknowledgement was lost', async () => {
      const one = submission();
      const mine = wish(one.id);
      await under.ledger.admit(one, mine);
      expect(await under.ledger.admit(one, mine)).toMatchObject({ kind: 'claimed', record: { token: 1 } });
    });

    it('grants one of many at once', async () => {
      const one = submission();
      const all = await Promise.all(Array.from({ length: 50 }, () => under.ledger.admit(one, wish(one.id))));
      expect(all.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    });
  });

  describe('take over', () => {
    const under = opened(open);

    it('leaves a living lease alone', async () => {
      const held = await claimed(under.ledger);
      expect(await under.ledger.takeOver(wish(held.id), held.token)).toMatchObject({
        kind: 'found',
        record: { claimant: held.claimant, token: 1 },
      });
    });

    it('takes over an expired lease under the next token, and remembers the first send', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      const record = granted(await under.ledger.takeOver(wish(held.id), held.token));
      expect(record).toMatchObject({ state: 'claimed', token: 2, tries: 2 });
      expect(record.sentAgoMs).toBeGreaterThan(LONG_MS);
      expect(record.claimedAgoMs).toBe(0);
    });

    it('grants one of many at once', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      const all = await Promise.all(
        Array.from({ length: 10 }, () => under.ledger.takeOver(wish(held.id), held.token)),
      );
      expect(all.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
      expect((await found(under.ledger, held.id)).token).toBe(2);
    });

    it('refuses a token that is no longer current', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.takeOver(wish(held.id, { leaseMs: 0 }), held.token);
      await under.advance(1);
      expect(await under.ledger.takeOver(wish(held.id), held.token)).toMatchObject({
        kind: 'found',
        record: { token: 2 },
      });
    });

    it('recognises its own when the acknowledgement was lost', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      const mine = wish(held.id);
      await under.ledger.takeOver(mine, held.token);
      expect(await under.ledger.takeOver(mine, held.token)).toMatchObject({
        kind: 'claimed',
        record: { token: 2 },
      });
    });

    it('takes over a doubt only when it is due', async () => {
      const doubt = await ended(under.ledger, DOUBT_DUE);
      expect(await under.ledger.takeOver(wish(doubt.id), doubt.token)).toMatchObject({ kind: 'found' });
      await under.advance(LONG_MS);
      const record = granted(await under.ledger.takeOver(wish(doubt.id), doubt.token));
      expect(record).toMatchObject({ state: 'claimed', token: 2, dueInMs: null, asked: 0 });
      expect(record.sentAgoMs).toBeGreaterThanOrEqual(LONG_MS);
    });

    it('never takes over a doubt that waits for a person', async () => {
      const doubt = await ended(under.ledger, IN_DOUBT);
      await under.advance(10 * LONG_MS);
      expect(await under.ledger.takeOver(wish(doubt.id), doubt.token)).toMatchObject({
        kind: 'found',
        record: { state: 'in_doubt' },
      });
    });
  });

  describe('renew', () => {
    const under = opened(open);

    it('prolongs a lease from now on', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS / 2);
      expect(await under.ledger.renew(held.id, held.token, LONG_MS)).toBe(true);
      expect((await found(under.ledger, held.id)).leaseLeftMs).toBeGreaterThan(LONG_MS * 0.9);
    });

    it('says that a lease is lost: taken over, ended, or never there', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      const taken = granted(await under.ledger.takeOver(wish(held.id), held.token));
      expect(await under.ledger.renew(held.id, held.token, LONG_MS)).toBe(false);
      await under.ledger.record(taken, SUCCEEDED);
      expect(await under.ledger.renew(held.id, taken.token, LONG_MS)).toBe(false);
      expect(await under.ledger.renew(randomUUID(), 1, LONG_MS)).toBe(false);
    });
  });
}
