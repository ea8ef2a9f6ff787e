import { createHash, randomUUID } from 'node:crypto';
import type { IntentRecord } from '@latchkey/core';
import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import { FAILED, granted, NOT_PERFORMED, SUCCEEDED, submitted, wish } from './scenes.ts';

const ANN = { by: 'ann', reason: 'I looked' };

/** Intents that act on one entity: one at a time, in the order of submission. */
export function takingTurns(open: OpenLedger): void {
  describe('turns', () => {
    const under = opened(open);
    const entity = () => createHash('sha256').update(randomUUID()).digest('hex');
    const serial = (id: string) => submitted(under.ledger, { entity: { id, rule: 'serial', version: null } });
    const version = (id: string, version: number) =>
      submitted(under.ledger, { entity: { id, rule: 'version', version } });
    const claim = async ({ id }: IntentRecord) => under.ledger.claim(wish(id));

    it('lets the first act, and the second once the first is finished', async () => {
      const id = entity();
      const [first, second] = [await serial(id), await serial(id)];
      expect(await claim(second)).toMatchObject({ kind: 'found', record: { turn: 'waits' } });
      const held = granted(await claim(first));
      expect(await claim(second)).toMatchObject({ kind: 'found', record: { turn: 'waits' } });
      await under.ledger.record(held, FAILED);
      const next = { id: second.id, action: second.action };
      expect(await under.ledger.nextInTurn(first.id, 5)).toEqual([next]);
      await under.ledger.record(granted(await claim(second)), SUCCEEDED);
      expect(await under.ledger.nextInTurn(first.id, 5)).toEqual([]);
    });

    it('tells the line in the order of submission, as far as it is asked to', async () => {
      const id = entity();
      const all = [];
      for (let count = 0; count < 4; count += 1) all.push(await serial(id));
      const line = await under.ledger.nextInTurn(all[3]?.id ?? '', 3);
      expect(line.map((one) => one.id)).toEqual(all.slice(0, 3).map((one) => one.id));
    });

    it('keeps the turn of one that is tried again', async () => {
      const id = entity();
      const [first, second] = [await serial(id), await serial(id)];
      await under.ledger.record(granted(await claim(first)), NOT_PERFORMED);
      expect((await claim(second)).kind).toBe('found');
    });

    it('passes on when the first is cancelled', async () => {
      const id = entity();
      const [first, second] = [await serial(id), await serial(id)];
      await under.ledger.decide(first.id, 'cancel', ANN);
      expect((await claim(second)).kind).toBe('claimed');
    });

    it('puts a replayed intent at the end', async () => {
      const id = entity();
      const [first, second] = [await serial(id), await serial(id)];
      const held = granted(await claim(first));
      await under.ledger.record(held, FAILED);
      await under.ledger.replay(first.id, held.token, ANN);
      expect((await claim(first)).kind).toBe('found');
      await under.ledger.record(granted(await claim(second)), SUCCEEDED);
      expect((await claim(first)).kind).toBe('claimed');
    });

    it('grants one of many that are claimed at once', async () => {
      const id = entity();
      const all = await Promise.all(Array.from({ length: 20 }, () => serial(id)));
      const claims = await Promise.all(all.map(claim));
      expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    });

    it('calls an intent stale that is older than the version that was applied', async () => {
      const id = entity();
      await under.ledger.record(granted(await claim(await version(id, 7))), SUCCEEDED);
      const old = await version(id, 6);
      expect(await claim(old)).toMatchObject({ kind: 'found', record: { turn: 'stale' } });
      expect(
        await under.ledger.decide(old.id, 'stale', { by: 'worker', reason: '7 was applied' }),
      ).toMatchObject({
        kind: 'recorded',
        record: { state: 'failed', error: { code: 'STALE' } },
      });
      expect((await claim(await version(id, 8))).kind).toBe('claimed');
    });
  });
}
