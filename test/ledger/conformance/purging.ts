import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import {
  claimed,
  ended,
  FAILED,
  found,
  granted,
  IN_DOUBT,
  LONG_MS,
  NOT_PERFORMED,
  ownAction,
  SUCCEEDED,
  submission,
  submitted,
  wish,
} from './scenes.ts';

const ANN = { by: 'ann', reason: 'I looked' };

/** Past its replay window an intent keeps its id and state, for ever, and nothing that was said in it. */
export function purging(open: OpenLedger): void {
  describe('purge', () => {
    const under = opened(open);
    const passes = async (ms: number) => {
      await under.advance(ms);
      await under.settled();
    };
    const purged = async (id: string) => (await found(under.ledger, id)).purged;

    it('leaves everything alone within the replay window', async () => {
      const action = ownAction();
      const done = await ended(under.ledger, SUCCEEDED, { action });
      await passes(LONG_MS / 2);
      expect(await under.ledger.purge(action, 10)).toBe(0);
      expect(await found(under.ledger, done.id)).toMatchObject({ ...SUCCEEDED, purged: false });
    });

    it.each([SUCCEEDED, FAILED])(
      'keeps id and state of an intent past its window ($state)',
      async (ending) => {
        const action = ownAction();
        const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
        const done = await ended(under.ledger, ending, { action, traceparent });
        await passes(LONG_MS + 1);
        expect(await under.ledger.purge(action, 10)).toBe(1);
        expect(await found(under.ledger, done.id)).toMatchObject({
          id: done.id,
          action,
          state: ending.state,
          purged: true,
          key: '',
          fingerprint: '',
          input: null,
          result: null,
          externalId: null,
          externalUrl: null,
          error: null,
          claimant: null,
          traceparent: null,
        });
        expect(await under.ledger.purge(action, 10)).toBe(0);
      },
    );

    it('never performs a purged intent again', async () => {
      const action = ownAction();
      const one = submission({ action });
      const held = granted(await under.ledger.admit(one, wish(one.id)));
      await under.ledger.record(held, FAILED);
      await passes(LONG_MS + 1);
      await under.ledger.purge(action, 10);
      expect(await under.ledger.submit(one)).toMatchObject({ created: false, record: { purged: true } });
      expect(await under.ledger.admit(one, wish(one.id))).toMatchObject({ kind: 'found' });
      expect(await under.ledger.claim(wish(one.id))).toMatchObject({ kind: 'found' });
      expect((await under.ledger.replay(one.id, 1, ANN)).kind).toBe('stale');
    });

    it('never purges what is unfinished, and purges it once it is finished and past its window', async () => {
      const action = ownAction();
      const held = await claimed(under.ledger, { action });
      const open = [
        await submitted(under.ledger, { action }),
        await ended(under.ledger, NOT_PERFORMED, { action }),
        await ended(under.ledger, IN_DOUBT, { action }),
      ];
      await passes(10 * LONG_MS);
      expect(await under.ledger.purge(action, 10)).toBe(0);
      await under.ledger.record(held, SUCCEEDED);
      expect(await under.ledger.purge(action, 10)).toBe(0);
      await passes(LONG_MS + 1);
      expect(await under.ledger.purge(action, 10)).toBe(1);
      expect(await purged(held.id)).toBe(true);
      for (const { id } of open) expect(await purged(id)).toBe(false);
    });

    it('keeps what was finished late for its own window, behind what is purged already', async () => {
      const action = ownAction();
      const held = await claimed(under.ledger, { action });
      const done = await ended(under.ledger, SUCCEEDED, { action });
      await passes(LONG_MS + 1);
      await under.ledger.record(held, SUCCEEDED);
      expect(await under.ledger.purge(action, 10)).toBe(1);
      expect([await purged(done.id), await purged(held.id)]).toEqual([true, false]);
      await passes(LONG_MS + 1);
      expect(await under.ledger.purge(action, 10)).toBe(1);
      expect(await purged(held.id)).toBe(true);
    });

    it('works page by page until nothing is left, also where many came at once', async () => {
      const action = ownAction();
      const all = await Promise.all(Array.from({ length: 30 }, () => claimed(under.ledger, { action })));
      await Promise.all(all.map((held) => under.ledger.record(held, SUCCEEDED)));
      await passes(LONG_MS + 1);
      let sum = 0;
      for (let page = 0; page < 30 && sum < 30; page += 1) sum += await under.ledger.purge(action, 4);
      expect(sum).toBe(30);
      expect(await under.ledger.purge(action, 4)).toBe(0);
      for (const { id } of all) expect(await purged(id)).toBe(true);
    });

    it('leaves a replayed intent alone, and purges it after its new end', async () => {
      const action = ownAction();
      const failed = await ended(under.ledger, FAILED, { action });
      await passes(LONG_MS + 1);
      await under.ledger.replay(failed.id, failed.token, ANN);
      expect(await under.ledger.purge(action, 10)).toBe(0);
      await under.ledger.record(granted(await under.ledger.claim(wish(failed.id))), SUCCEEDED);
      await passes(LONG_MS + 1);
      expect(await under.ledger.purge(action, 10)).toBe(1);
      expect(await purged(failed.id)).toBe(true);
    });

    it('tells a shorter story afterwards, without what was said', async () => {
      const action = ownAction();
      const done = await ended(under.ledger, SUCCEEDED, { action });
      await passes(LONG_MS + 1);
      await under.ledger.purge(action, 10);
      const story = await under.ledger.story(done.id);
      expect(story.map(({ event }) => event)).toEqual(['submitted', 'claimed', 'succeeded']);
      expect(JSON.stringify(story)).not.toContain(done.key);
    });

    it('keeps the ids of earlier key versions taken', async () => {
      const action = ownAction();
      const old = submission({ action });
      const renewed = submission({ action, previousIds: [old.id] });
      const held = granted(await under.ledger.admit(renewed, wish(renewed.id)));
      await under.ledger.record(held, SUCCEEDED);
      await passes(LONG_MS + 1);
      expect(await under.ledger.purge(action, 10)).toBe(1);
      expect(await under.ledger.submit(old)).toMatchObject({
        created: false,
        record: { id: renewed.id, purged: true },
      });
    });
  });
}
