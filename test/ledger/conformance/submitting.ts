import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import { claimed, ended, found, SUCCEEDED, submission, submitted, wish } from './scenes.ts';

/** Submissions outside of a caller's transaction: one intent, however often it is submitted. */
export function submitting(open: OpenLedger): void {
  describe('submit', () => {
    const under = opened(open);

    it('writes a new intent as pending', async () => {
      const first = submission({ scope: 'acme', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
      const { created, record } = await under.ledger.submit(first);
      expect(created).toBe(true);
      expect(record).toMatchObject({
        id: first.id,
        key: first.key,
        scope: 'acme',
        input: first.input,
        traceparent: first.traceparent,
        fingerprint: first.fingerprint,
        state: 'pending',
        token: 0,
        tries: 0,
        result: null,
        finishedAt: null,
        leaseLeftMs: null,
      });
      expect(await found(under.ledger, first.id)).toEqual(record);
    });

    it('finds the first of two submissions, and keeps its input', async () => {
      const first = submission();
      await under.ledger.submit(first);
      const { created, record } = await under.ledger.submit({ ...first, input: '{"other":1}' });
      expect([created, record.input]).toEqual([false, first.input]);
    });

    it('finds what was claimed and finished meanwhile', async () => {
      const { id } = await ended(under.ledger, SUCCEEDED);
      const { created, record } = await under.ledger.submit(submission({ id }));
      expect([created, record.state, record.result]).toEqual([false, 'succeeded', SUCCEEDED.result]);
    });

    it('writes one intent when it is submitted many times at once', async () => {
      const one = submission();
      const all = await Promise.all(Array.from({ length: 50 }, () => under.ledger.submit(one)));
      expect(all.filter(({ created }) => created)).toHaveLength(1);
    });

    it('keeps any text as it is', async () => {
      const input = String.raw`{"a":"\u0000 \ud800 {}\",\"NULL","b":"'; drop table intent; --"}`;
      const { id } = await submitted(under.ledger, { input });
      expect((await found(under.ledger, id)).input).toBe(input);
    });

    it('knows nothing of an id that was never submitted', async () => {
      const id = randomUUID();
      expect(await under.ledger.find(id)).toBeNull();
      expect(await under.ledger.story(id)).toEqual([]);
      expect(await under.ledger.findMany([id])).toEqual(new Map());
    });

    it('finds many at once, by the ids that were asked for', async () => {
      const [one, other] = [await submitted(under.ledger), await claimed(under.ledger)];
      const many = await under.ledger.findMany([one.id, other.id, randomUUID()]);
      expect([...many].map(([id, { state }]) => [id, state])).toEqual([
        [one.id, 'pending'],
        [other.id, 'claimed'],
      ]);
    });
  });

  describe('submit under a new key version', () => {
    const under = opened(open);
    const versions = () => {
      const old = submission();
      return { old, renewed: submission({ keyVersion: 2, previousIds: [old.id] }) };
    };

    it('finds the intent that an older deploy submitted', async () => {
      const { old, renewed } = versions();
      await under.ledger.submit(old);
      const { created, record } = await under.ledger.submit(renewed);
      expect([created, record.id]).toEqual([false, old.id]);
      expect(await under.ledger.find(renewed.id)).toBeNull();
    });

    it('is found by an older deploy, which submits and claims under the old id', async () => {
      const { old, renewed } = versions();
      expect(await under.ledger.submit(renewed)).toMatchObject({ created: true, record: { id: renewed.id } });
      expect(await under.ledger.submit(old)).toMatchObject({ created: false, record: { id: renewed.id } });
      const seen = await under.ledger.claim(wish(old.id));
      expect(seen).toMatchObject({ kind: 'found', record: { id: renewed.id, state: 'pending' } });
      expect((await found(under.ledger, old.id)).id).toBe(renewed.id);
    });

    it('is found again by its own version', async () => {
      const { renewed } = versions();
      await under.ledger.submit(renewed);
      expect(await under.ledger.submit(renewed)).toMatchObject({
        created: false,
        record: { id: renewed.id },
      });
    });

    it('finds the intent through the key before the last one', async () => {
      const [first, second] = [submission(), submission({ keyVersion: 2 })];
      await under.ledger.submit(first);
      const third = submission({ keyVersion: 3, previousIds: [second.id, first.id] });
      expect(await under.ledger.submit(third)).toMatchObject({ created: false, record: { id: first.id } });
    });

    it('leads to one intent when old and new deploys submit at the same moment', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { old, renewed } = versions();
        const both = await Promise.all(
          Array.from({ length: 6 }, (_, n) => under.ledger.submit(n % 2 === 0 ? old : renewed)),
        );
        expect(both.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(both.map(({ record }) => record.id)).size).toBe(1);
      }
    });

    it('does not get in its own way when three versions submit at the same moment', async () => {
      for (let round = 0; round < 10; round += 1) {
        const [first, second] = [submission(), submission()];
        const all = await Promise.all([
          under.ledger.submit({ ...second, previousIds: [first.id] }),
          under.ledger.submit(submission({ previousIds: [first.id, second.id] })),
          under.ledger.submit(first),
        ]);
        expect(all.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(all.map(({ record }) => record.id)).size).toBe(1);
      }
    });

    it('is admitted under the id that was there first', async () => {
      const { old, renewed } = versions();
      await under.ledger.submit(old);
      const admitted = await under.ledger.admit(renewed, wish(renewed.id));
      expect(admitted).toMatchObject({ kind: 'claimed', record: { id: old.id, token: 1 } });
    });
  });
}
