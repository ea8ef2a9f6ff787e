import { describe, expect, it } from 'vitest';
import { CALLERS, type OpenLedger, opened } from './ledger-under-test.ts';
import { submission, wish } from './scenes.ts';

/** Submissions that commit or roll back with a caller's own writes. */
export function callersTransactions(open: OpenLedger): void {
  describe.each(CALLERS)('submit in a transaction of %s', (caller) => {
    const under = opened(open);

    it('is there after the commit, and for nobody before', async () => {
      const one = submission();
      const { tx, commit } = await under.database.begin(caller);
      const { created, record } = await under.ledger.submit(one, tx);
      expect([created, record.state]).toEqual([true, 'pending']);
      expect(await under.ledger.find(one.id)).toBeNull();
      expect(await under.ledger.claim(wish(one.id))).toEqual({ kind: 'missing' });
      await commit();
      expect(await under.ledger.claim(wish(one.id))).toMatchObject({ kind: 'claimed' });
    });

    it('leaves nothing behind after a rollback', async () => {
      const one = submission({ previousIds: [submission().id] });
      const { tx, rollback } = await under.database.begin(caller);
      await under.ledger.submit(one, tx);
      await rollback();
      expect(await under.ledger.findMany([one.id, ...one.previousIds])).toEqual(new Map());
      expect(await under.ledger.submit(one)).toMatchObject({ created: true });
    });

    it('finds an intent that is there, and one that it wrote itself', async () => {
      const [there, own] = [submission(), submission()];
      await under.ledger.submit(there);
      const { tx, commit } = await under.database.begin(caller);
      expect(await under.ledger.submit(there, tx)).toMatchObject({ created: false });
      expect(await under.ledger.submit(own, tx)).toMatchObject({ created: true });
      expect(await under.ledger.submit(own, tx)).toMatchObject({ created: false });
      await commit();
    });

    it('says how the transaction ended', async () => {
      const ends = [];
      for (const end of ['commit', 'rollback'] as const) {
        const begun = await under.database.begin(caller);
        const { transaction = '' } = await under.ledger.submit(submission(), begun.tx);
        ends.push((await under.ledger.endsOf([transaction])).get(transaction));
        await begun[end]();
        ends.push((await under.ledger.endsOf([transaction])).get(transaction));
      }
      expect(ends).toEqual(['in progress', 'committed', 'in progress', 'aborted']);
    });

    it('makes a submission of the same intent wait, and be the second', async () => {
      const one = submission();
      const { tx, commit } = await under.database.begin(caller);
      await under.ledger.submit(one, tx);
      const later = under.ledger.submit(one);
      const admitted = under.ledger.admit(one, wish(one.id));
      await under.database.someoneWaits();
      await commit();
      expect(await later).toMatchObject({ created: false });
      expect(await admitted).toMatchObject({ kind: 'claimed', record: { token: 1 } });
    });

    it('makes a submission of the same intent wait, and be the first after a rollback', async () => {
      const one = submission();
      const { tx, rollback } = await under.database.begin(caller);
      await under.ledger.submit(one, tx);
      const later = under.ledger.submit(one);
      await under.database.someoneWaits();
      await rollback();
      expect(await later).toMatchObject({ created: true });
    });

    it('finds what an old deploy committed while the new one was looking', async () => {
      const old = submission();
      const renewed = submission({ previousIds: [old.id] });
      const begun = await under.database.begin(caller);
      await under.ledger.submit(old, begun.tx);
      const racing = under.ledger.submit(renewed);
      await under.database.someoneWaits();
      await begun.commit();
      expect(await racing).toMatchObject({ created: false, record: { id: old.id } });
      expect(await under.ledger.find(renewed.id)).toBeNull();
    });

    it('lets an old deploy find what the new one committed while it was looking', async () => {
      const old = submission();
      const renewed = submission({ previousIds: [old.id] });
      const begun = await under.database.begin(caller);
      await under.ledger.submit(renewed, begun.tx);
      const racing = under.ledger.submit(old);
      await under.database.someoneWaits();
      await begun.commit();
      expect(await racing).toMatchObject({ created: false, record: { id: renewed.id } });
    });
  });
}
