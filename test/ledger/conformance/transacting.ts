import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import { claimed, found, granted, LONG_MS, SUCCEEDED, submitted, wish } from './scenes.ts';

/** Effects in the ledger's own database: they and their outcome are there together, or neither is. */
export function transacting(open: OpenLedger): void {
  describe('transact', () => {
    const under = opened(open);
    const performing = (row: string) => async (tx: Parameters<typeof under.database.effect>[0]) => {
      await under.database.effect(tx, row);
      return SUCCEEDED;
    };

    it('commits the effect together with its outcome', async () => {
      const held = await claimed(under.ledger);
      const done = await under.ledger.transact(held, LONG_MS, performing(held.id));
      expect(done).toMatchObject({ kind: 'recorded', record: SUCCEEDED });
      expect(await under.database.effects(held.id)).toBe(1);
    });

    it('shows neither the effect nor the outcome before the commit', async () => {
      const held = await claimed(under.ledger);
      await under.ledger.transact(held, LONG_MS, async (tx) => {
        await under.database.effect(tx, held.id);
        expect(await under.database.effects(held.id)).toBe(0);
        expect((await found(under.ledger, held.id)).state).toBe('claimed');
        return SUCCEEDED;
      });
      expect(await under.database.effects(held.id)).toBe(1);
    });

    it('rolls the effect back when somebody took over before its commit', async () => {
      const held = await claimed(under.ledger);
      const done = await under.ledger.transact(held, LONG_MS, async (tx) => {
        await under.database.effect(tx, held.id);
        await under.advance(LONG_MS + 1);
        granted(await under.ledger.takeOver(wish(held.id), held.token));
        return SUCCEEDED;
      });
      expect(done).toMatchObject({ kind: 'stale', record: { state: 'claimed', token: 2 } });
      expect(await under.database.effects(held.id)).toBe(0);
    });

    it('rolls the effect back when it throws, and hands out what it threw', async () => {
      const held = await claimed(under.ledger);
      const error = new Error('out of stock');
      const done = await under.ledger.transact(held, LONG_MS, async (tx) => {
        await under.database.effect(tx, held.id);
        throw error;
      });
      expect(done).toEqual({ kind: 'threw', error });
      expect(await under.database.effects(held.id)).toBe(0);
      expect((await found(under.ledger, held.id)).state).toBe('claimed');
    });

    it('rolls back, surely, when a statement failed that the effect took no notice of', async () => {
      const held = await claimed(under.ledger);
      const done = await under.ledger.transact(held, LONG_MS, async (tx) => {
        await under.database.effect(tx, held.id);
        await under.database.effect(tx, held.id).catch(() => undefined); // the row is there already
        return SUCCEEDED;
      });
      expect(done).toMatchObject({ kind: 'threw', error: { code: 'NOT_PERFORMED' } });
      expect(await under.database.effects(held.id)).toBe(0);
    });

    it('cancels a statement that runs past the deadline', async () => {
      const held = await claimed(under.ledger);
      const blocking = await under.database.begin('Kysely');
      await under.database.effect(blocking.tx as never, held.id);
      const done = await under.ledger.transact(held, 100, performing(held.id)); // waits for the other's row
      await blocking.rollback();
      expect(done.kind).toBe('threw');
      expect((await found(under.ledger, held.id)).state).toBe('claimed');
    });

    it('performs more at once than it has connections', async () => {
      const row = randomUUID();
      const all = await Promise.all(Array.from({ length: 40 }, () => submitted(under.ledger)));
      const done = await Promise.all(
        all.map(async ({ id }, n) => {
          const held = granted(await under.ledger.claim(wish(id)));
          return under.ledger.transact(held, LONG_MS, performing(`${row}-${n}`));
        }),
      );
      expect(new Set(done.map(({ kind }) => kind))).toEqual(new Set(['recorded']));
    });
  });
}
