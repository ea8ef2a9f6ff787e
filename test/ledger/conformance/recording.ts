import { randomUUID } from 'node:crypto';
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
  wish,
} from './scenes.ts';

const LEASE_EXPIRED = { code: 'LEASE_EXPIRED', message: 'the worker fell silent' } as const;

/** Endings of an attempt by its holder, and by whoever finds its lease expired. */
export function recording(open: OpenLedger): void {
  describe('record', () => {
    const under = opened(open);

    it('keeps the outcome of an effect that succeeded', async () => {
      const { kind, record } = await under.ledger.record(await claimed(under.ledger), SUCCEEDED);
      expect(kind).toBe('recorded');
      expect(record).toMatchObject({ ...SUCCEEDED, error: null, leaseLeftMs: null });
      expect(record.finishedAt).toBeInstanceOf(Date);
      const { sentAgoMs, claimedAgoMs, ...lasting } = record;
      expect(await found(under.ledger, record.id)).toMatchObject(lasting);
    });

    it('keeps the reason of an intent that failed', async () => {
      const record = await ended(under.ledger, FAILED);
      expect(record).toMatchObject({ ...FAILED, result: null });
      expect((await found(under.ledger, record.id)).error).toEqual(FAILED.error);
    });

    it('makes an intent that was surely not performed pending, and takes its send back', async () => {
      const record = await ended(under.ledger, NOT_PERFORMED);
      expect(record).toMatchObject({ state: 'pending', token: 1, tries: 1, sentAgoMs: null });
      expect(record.dueInMs).toBeGreaterThan(LONG_MS / 2);
      expect(record.error).toEqual(NOT_PERFORMED.error);
    });

    it("takes no earlier attempt's send back", async () => {
      const doubt = await ended(under.ledger, { ...DOUBT_DUE, dueInMs: 0 });
      await under.advance(1000);
      const again = granted(await under.ledger.takeOver(wish(doubt.id), doubt.token));
      const { record } = await under.ledger.record(again, NOT_PERFORMED);
      expect(record.state).toBe('pending');
      expect(record.sentAgoMs).toBeGreaterThanOrEqual(1000);
    });

    it('keeps a doubt with its cause and the time of the next question', async () => {
      const record = await ended(under.ledger, DOUBT_DUE);
      expect(record).toMatchObject({ state: 'in_doubt', error: ERROR, asked: 0, finishedAt: null });
      expect(record.dueInMs).toBeGreaterThan(LONG_MS / 2);
      expect((await ended(under.ledger, IN_DOUBT)).dueInMs).toBeNull();
    });

    it.each([SUCCEEDED, FAILED, NOT_PERFORMED, IN_DOUBT])(
      'changes nothing with a stale token ($state)',
      async (ending) => {
        const held = await claimed(under.ledger);
        await under.advance(LONG_MS + 1);
        const taken = granted(await under.ledger.takeOver(wish(held.id), held.token));
        const { kind, record } = await under.ledger.record(held, ending);
        expect([kind, record.state, record.token]).toEqual(['stale', 'claimed', 2]);
        await under.ledger.record(taken, SUCCEEDED);
        expect((await under.ledger.record(held, ending)).kind).toBe('stale');
        expect(await found(under.ledger, held.id)).toMatchObject(SUCCEEDED);
      },
    );

    it.each([SUCCEEDED, FAILED, NOT_PERFORMED, IN_DOUBT])(
      'is recorded all the same when the acknowledgement was lost ($state)',
      async (ending) => {
        const held = await claimed(under.ledger);
        await under.ledger.record(held, ending);
        const story = await under.ledger.story(held.id);
        const { kind, record } = await under.ledger.record(held, ending);
        expect([kind, record.state, record.token]).toEqual(['recorded', ending.state, 1]);
        expect(await under.ledger.story(held.id)).toEqual(story);
      },
    );

    it('is stale when the same attempt ended with another outcome', async () => {
      const held = await claimed(under.ledger);
      await under.ledger.record(held, SUCCEEDED);
      const other = await under.ledger.record(held, { ...SUCCEEDED, result: '{"ticket":8}' });
      expect(other).toMatchObject({ kind: 'stale', record: { result: SUCCEEDED.result } });
      expect((await under.ledger.record(held, FAILED)).kind).toBe('stale');
    });

    it.each([SUCCEEDED, FAILED, NOT_PERFORMED])(
      'heals the doubt of its own attempt ($state)',
      async (ending) => {
        const held = await claimed(under.ledger);
        await under.ledger.record(held, IN_DOUBT);
        const { kind, record } = await under.ledger.record(held, ending);
        expect([kind, record.state, record.asked]).toEqual(['recorded', ending.state, 0]);
      },
    );

    it('does not renew a doubt: the first cause stands', async () => {
      const held = await claimed(under.ledger);
      await under.ledger.record(held, IN_DOUBT);
      const other = { ...DOUBT_DUE, error: { code: 'DEADLINE_EXCEEDED', message: 'too late' } } as const;
      expect(await under.ledger.record(held, other)).toMatchObject({
        kind: 'stale',
        record: { error: ERROR, dueInMs: null },
      });
    });

    it('throws for an intent that is not there', async () => {
      const held = { ...(await claimed(under.ledger)), id: randomUUID() };
      await expect(under.ledger.record(held, SUCCEEDED)).rejects.toMatchObject({ code: 'INTENT_UNKNOWN' });
    });
  });

  describe('expire a lease', () => {
    const under = opened(open);
    const doubt = { state: 'in_doubt', error: LEASE_EXPIRED, dueInMs: null } as const;

    it('leaves a living lease alone', async () => {
      const held = await claimed(under.ledger);
      expect(await under.ledger.expireLease(held.id, held.token, doubt)).toMatchObject({
        kind: 'stale',
        record: { state: 'claimed' },
      });
    });

    it.each([doubt, { state: 'failed', error: LEASE_EXPIRED } as const])(
      'ends what a silent holder left ($state)',
      async (ending) => {
        const held = await claimed(under.ledger);
        await under.advance(LONG_MS + 1);
        expect(await under.ledger.expireLease(held.id, held.token, ending)).toMatchObject({
          kind: 'recorded',
          record: { state: ending.state, error: LEASE_EXPIRED, leaseLeftMs: null },
        });
      },
    );

    it('is recorded all the same when the acknowledgement was lost', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.expireLease(held.id, held.token, doubt);
      expect((await under.ledger.expireLease(held.id, held.token, doubt)).kind).toBe('recorded');
    });

    it('is healed by the outcome of the holder that was only late', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.expireLease(held.id, held.token, doubt);
      expect(await under.ledger.record(held, SUCCEEDED)).toMatchObject({
        kind: 'recorded',
        record: SUCCEEDED,
      });
    });

    it('ends no claim but the one that it saw', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.takeOver(wish(held.id, { leaseMs: 0 }), held.token);
      await under.advance(1);
      expect((await under.ledger.expireLease(held.id, held.token, doubt)).kind).toBe('stale');
    });

    it('ends no claim that was renewed meanwhile', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.renew(held.id, held.token, LONG_MS);
      expect((await under.ledger.expireLease(held.id, held.token, doubt)).kind).toBe('stale');
    });
  });
}
