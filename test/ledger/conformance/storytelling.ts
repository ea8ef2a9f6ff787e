import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import {
  claimed,
  DOUBT_DUE,
  ended,
  FAILED,
  granted,
  IN_DOUBT,
  LONG_MS,
  NOT_PERFORMED,
  SUCCEEDED,
  submission,
  wish,
} from './scenes.ts';

const ANN = { by: 'ann', reason: 'I looked' };

/** Every intent's story, whole and in order, whether its row or its history tells it. */
export function storytelling(open: OpenLedger): void {
  describe('story', () => {
    const under = opened(open);
    const told = async (id: string) =>
      (await under.ledger.story(id)).map(({ event, attempt }) => `${attempt} ${event}`);

    it('tells an ordinary one: who, when, and what came of it', async () => {
      const one = submission({ scope: 'acme' });
      const mine = wish(one.id);
      const { record } = await under.ledger.record(granted(await under.ledger.admit(one, mine)), SUCCEEDED);
      const story = await under.ledger.story(one.id);
      expect(story).toMatchObject([
        { event: 'submitted', attempt: 0, actor: 'producer', detail: { key: one.key, scope: 'acme' } },
        { event: 'claimed', attempt: 1, actor: mine.claimant },
        { event: 'succeeded', attempt: 1, actor: mine.claimant, detail: { externalId: 'T-7' } },
      ]);
      expect(story.at(-1)?.at).toEqual(record.finishedAt);
    });

    it('tells one that goes on', async () => {
      const held = await claimed(under.ledger);
      expect(await told(held.id)).toEqual(['0 submitted', '1 claimed']);
    });

    it('tells a retried one', async () => {
      const { id } = await ended(under.ledger, NOT_PERFORMED);
      expect(await told(id)).toEqual(['0 submitted', '1 claimed', '1 not_performed']);
      await under.advance(LONG_MS);
      await under.ledger.record(granted(await under.ledger.claim(wish(id))), SUCCEEDED);
      expect(await told(id)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 not_performed',
        '2 claimed',
        '2 succeeded',
      ]);
    });

    it('tells once why nothing was tried, however often that was found; and none of it uses up a retry', async () => {
      const error = { code: 'KEY_MISSING', message: 'k1' } as const;
      const keyMissing = { state: 'pending', error, dueInMs: 0, untried: true } as const;
      const { id } = submission();
      await under.ledger.submit(submission({ id }));
      for (let found = 1; found <= 3; found += 1) {
        const held = granted(await under.ledger.claim(wish(id)));
        const { kind, record } = await under.ledger.record(held, keyMissing);
        expect([kind, record.state, record.token, record.tries]).toEqual(['recorded', 'pending', found, 0]);
        await under.advance(1);
      }
      await under.ledger.record(granted(await under.ledger.claim(wish(id))), SUCCEEDED);
      expect(await told(id)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 not_performed',
        '4 claimed',
        '4 succeeded',
      ]);
    });

    it('tells of a holder that was taken over', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.record(granted(await under.ledger.takeOver(wish(held.id), 1)), SUCCEEDED);
      const late = {
        event: 'stale_outcome',
        attempt: 1,
        actor: 'worker/1',
        detail: { outcome: 'succeeded' },
      };
      await under.advance(1);
      await under.ledger.note(held.id, late);
      expect(await told(held.id)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 lease_expired',
        '2 claimed',
        '2 succeeded',
        '1 stale_outcome',
      ]);
      expect((await under.ledger.story(held.id)).at(-1)).toMatchObject(late);
    });

    it('tells of a doubt, of questions, and of the outcome that healed it', async () => {
      const held = await claimed(under.ledger);
      await under.ledger.record(held, IN_DOUBT);
      await under.ledger.settle(held.id, held.token, DOUBT_DUE, { by: 'reconcile', reason: 'not yet' });
      await under.ledger.record(held, SUCCEEDED);
      expect(await told(held.id)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 in_doubt',
        '1 asked',
        '1 succeeded',
      ]);
    });

    it('tells who settled a doubt, and why', async () => {
      const doubt = await ended(under.ledger, IN_DOUBT);
      await under.ledger.settle(doubt.id, doubt.token, SUCCEEDED, ANN);
      expect((await under.ledger.story(doubt.id)).at(-1)).toMatchObject({
        event: 'settled_succeeded',
        attempt: 1,
        actor: 'ann',
        detail: { reason: 'I looked' },
      });
    });

    it('tells of a sent-again doubt without a second expiry', async () => {
      const doubt = await ended(under.ledger, { ...DOUBT_DUE, dueInMs: 0 });
      await under.ledger.record(granted(await under.ledger.takeOver(wish(doubt.id), 1)), SUCCEEDED);
      expect(await told(doubt.id)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 in_doubt',
        '2 claimed',
        '2 succeeded',
      ]);
    });

    it('tells of a lease that expired into a doubt', async () => {
      const held = await claimed(under.ledger);
      await under.advance(LONG_MS + 1);
      await under.ledger.expireLease(held.id, held.token, IN_DOUBT);
      expect(await told(held.id)).toEqual(['0 submitted', '1 claimed', '1 in_doubt']);
    });

    it('tells of a failure, the replay that a person asked for, and what came of that', async () => {
      const failed = await ended(under.ledger, FAILED);
      await under.ledger.replay(failed.id, failed.token, ANN);
      await under.ledger.record(granted(await under.ledger.claim(wish(failed.id))), SUCCEEDED);
      const story = await under.ledger.story(failed.id);
      expect(story.map(({ event, attempt }) => `${attempt} ${event}`)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 failed',
        '1 replayed',
        '2 claimed',
        '2 succeeded',
      ]);
      expect(story[2]?.detail).toMatchObject(FAILED.error);
      expect(story[3]).toMatchObject({ actor: 'ann', detail: { reason: 'I looked' } });
    });

    it('keeps a note in its place between the ordinary steps', async () => {
      const held = await claimed(under.ledger);
      const note = (event: string) => under.ledger.note(held.id, { event, attempt: 1, actor: 'worker/2' });
      await under.advance(1);
      await note('seen_early');
      await under.advance(1);
      await under.ledger.record(held, SUCCEEDED);
      await under.advance(1);
      await note('seen_late');
      expect(await told(held.id)).toEqual([
        '0 submitted',
        '1 claimed',
        '1 seen_early',
        '1 succeeded',
        '1 seen_late',
      ]);
    });

    it('tells who approved', async () => {
      const { record } = await under.ledger.submit(submission({ approvalMs: LONG_MS }));
      await under.ledger.decide(record.id, 'approve', ANN);
      await under.ledger.record(granted(await under.ledger.claim(wish(record.id))), SUCCEEDED);
      expect(await told(record.id)).toEqual(['0 submitted', '0 approved', '1 claimed', '1 succeeded']);
    });
  });
}
