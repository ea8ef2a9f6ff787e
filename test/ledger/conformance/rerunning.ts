import { createHash, randomUUID } from 'node:crypto';
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

const ANN = { by: 'ann', reason: 'the ticket was deleted by mistake' };
const SECOND = { ...SUCCEEDED, result: '{"ticket":8}', externalId: 'T-8' } as const;

/** A person has what succeeded performed once more: a new generation, and the old ending is kept. */
export function rerunning(open: OpenLedger): void {
  describe('rerun', () => {
    const under = opened(open);
    const rerun = async () => {
      const done = await ended(under.ledger, SUCCEEDED);
      return { done, again: (await under.ledger.rerun(done.id, done.token, ANN)).record };
    };

    it('makes a succeeded intent pending again: same id, key and input, next generation, retries unused', async () => {
      const { done, again } = await rerun();
      const { id, key, input, createdAt } = done;
      expect(again).toMatchObject({ id, key, input, createdAt, state: 'pending', generation: 2, tries: 0 });
      const nothing = { result: null, externalId: null, externalUrl: null, error: null, finishedAt: null };
      expect(again).toMatchObject({ ...nothing, sentAgoMs: null, dueInMs: null });
      expect(again.rerunAt?.getTime()).toBeGreaterThanOrEqual(done.finishedAt?.getTime() ?? Infinity);
    });

    it('is claimed under a token that no attempt of the old generation had', async () => {
      const { done, again } = await rerun();
      const held = granted(await under.ledger.claim(wish(done.id)));
      expect(again.token).toBeGreaterThan(done.token);
      expect(held).toMatchObject({ token: again.token + 1, tries: 1, generation: 2, sentAgoMs: 0 });
      const { record } = await under.ledger.record(held, SECOND);
      expect(record).toMatchObject({ ...SECOND, generation: 2, rerunAt: again.rerunAt });
    });

    it('keeps how the old generation ended, and who wanted another one, when and why', async () => {
      const { done, again } = await rerun();
      await under.ledger.record(granted(await under.ledger.claim(wish(done.id))), SECOND);
      const { result, externalId, externalUrl } = SUCCEEDED;
      const first = {
        generation: 1,
        attempt: 1,
        result,
        externalId,
        externalUrl,
        finishedAt: done.finishedAt,
      };
      expect(await under.ledger.superseded(done.id)).toEqual([
        { ...first, ...ANN, supersededAt: again.rerunAt },
      ]);
    });

    it('tells of it in the story, with the first success before it', async () => {
      const { done } = await rerun();
      await under.ledger.record(granted(await under.ledger.claim(wish(done.id))), SECOND);
      const story = await under.ledger.story(done.id);
      expect(story.map(({ event }) => event)).toEqual([
        'submitted',
        'claimed',
        'succeeded',
        'rerun',
        'claimed',
        'succeeded',
      ]);
      expect(story[2]).toMatchObject({ attempt: 1, actor: done.claimant, detail: { externalId: 'T-7' } });
      expect(story[3]).toMatchObject({ actor: 'ann', detail: { reason: ANN.reason } });
    });

    it('reruns once when two ask at the same moment, and not for who saw the answer before', async () => {
      const done = await ended(under.ledger, SUCCEEDED);
      const both = await Promise.all([
        under.ledger.rerun(done.id, done.token, ANN),
        under.ledger.rerun(done.id, done.token, { by: 'bob', reason: 'me too' }),
      ]);
      expect(both.map(({ kind }) => kind).sort()).toEqual(['recorded', 'stale']);
      await under.ledger.record(granted(await under.ledger.claim(wish(done.id))), SECOND);
      expect(await under.ledger.rerun(done.id, done.token, ANN)).toMatchObject({
        kind: 'stale',
        record: { generation: 2, state: 'succeeded' },
      });
    });

    it.each([FAILED, IN_DOUBT, NOT_PERFORMED])('refuses what has not succeeded ($state)', async (ending) => {
      const { id, token } = await ended(under.ledger, ending);
      const { kind, record } = await under.ledger.rerun(id, token, ANN);
      expect([kind, record.state, record.generation]).toEqual(['stale', ending.state, 1]);
    });

    it('refuses what is under way, and what waits', async () => {
      const [held, pending] = [await claimed(under.ledger), await submitted(under.ledger)];
      for (const { id, token } of [held, pending])
        expect((await under.ledger.rerun(id, token, ANN)).kind).toBe('stale');
    });

    it('lets nothing that the old attempt still says settle the new generation', async () => {
      const held = await claimed(under.ledger);
      const done = (await under.ledger.record(held, SUCCEEDED)).record;
      await under.ledger.rerun(done.id, done.token, ANN);
      for (const ending of [SUCCEEDED, FAILED, IN_DOUBT, NOT_PERFORMED]) {
        expect((await under.ledger.record(held, ending)).kind).toBe('stale');
        expect((await under.ledger.record(done, ending)).kind).toBe('stale');
      }
      expect(await under.ledger.takeOver(wish(done.id), held.token)).toMatchObject({ kind: 'found' });
      expect(await under.ledger.renew(done.id, held.token, LONG_MS)).toBe(false);
      expect(await found(under.ledger, done.id)).toMatchObject({ state: 'pending', generation: 2 });
    });

    it('stays in its generation when that fails and is replayed', async () => {
      const { done } = await rerun();
      const failed = await under.ledger.record(granted(await under.ledger.claim(wish(done.id))), FAILED);
      const { record } = await under.ledger.replay(done.id, failed.record.token, ANN);
      expect(record).toMatchObject({ state: 'pending', generation: 2 });
      expect(await under.ledger.superseded(done.id)).toHaveLength(1);
    });

    it('is swept like any other, though the sweep had passed it', async () => {
      const action = ownAction();
      const done = await ended(under.ledger, SUCCEEDED, { action });
      await under.settled();
      expect((await under.ledger.open(action, null, 10)).intents).toEqual([]);
      await under.ledger.rerun(done.id, done.token, ANN);
      const { intents, next } = await under.ledger.open(action, null, 10);
      const more = next === null ? [] : (await under.ledger.open(action, next, 10)).intents;
      expect([...intents, ...more].map(({ id }) => id)).toEqual([done.id]);
    });

    it('refuses a tombstone', async () => {
      const action = ownAction();
      const done = await ended(under.ledger, SUCCEEDED, { action });
      await under.advance(LONG_MS + 1);
      await under.settled();
      await under.ledger.purge(action, 10);
      expect(await under.ledger.rerun(done.id, done.token, ANN)).toMatchObject({
        kind: 'stale',
        record: { purged: true, generation: 1 },
      });
    });

    it('is purged with all its generations, once the window of the last one is over', async () => {
      const action = ownAction();
      const done = await ended(under.ledger, SUCCEEDED, { action });
      await under.ledger.rerun(done.id, done.token, ANN);
      await under.advance(LONG_MS + 1);
      await under.settled();
      expect(await under.ledger.purge(action, 10)).toBe(0);
      await under.ledger.record(granted(await under.ledger.claim(wish(done.id))), SECOND);
      expect(await under.ledger.purge(action, 10)).toBe(0);
      await under.advance(LONG_MS + 1);
      await under.settled();
      expect(await under.ledger.purge(action, 10)).toBe(1);
      const erased = { result: null, externalId: null, externalUrl: null };
      expect(await under.ledger.superseded(done.id)).toMatchObject([{ ...erased, generation: 1, by: 'ann' }]);
    });

    it('takes a new turn on its entity, behind all that wait', async () => {
      const entity = {
        id: createHash('sha256').update(randomUUID()).digest('hex'),
        rule: 'serial',
        version: null,
      } as const;
      const first = await ended(under.ledger, SUCCEEDED, { entity });
      const second = await submitted(under.ledger, { entity });
      await under.ledger.rerun(first.id, first.token, ANN);
      expect((await found(under.ledger, first.id)).turn).toBe('waits');
      expect((await under.ledger.claim(wish(first.id))).kind).toBe('found');
      await under.ledger.record(granted(await under.ledger.claim(wish(second.id))), SUCCEEDED);
      expect((await under.ledger.claim(wish(first.id))).kind).toBe('claimed');
    });

    it('is found by what either generation created, until it is purged', async () => {
      const action = ownAction();
      const before = { ...SUCCEEDED, externalId: `before ${action}` };
      const after = { ...SUCCEEDED, externalId: `after ${action}` };
      const done = await ended(under.ledger, before, { action });
      await under.ledger.rerun(done.id, done.token, ANN);
      await under.ledger.record(granted(await under.ledger.claim(wish(done.id))), after);
      const found = async (externalId: string) =>
        (await under.ledger.search({ externalId })).intents.map(({ id }) => id);
      expect(await found(before.externalId)).toEqual([done.id]);
      expect(await found(after.externalId)).toEqual([done.id]);
      await under.advance(LONG_MS + 1);
      await under.settled();
      await under.ledger.purge(action, 10);
      expect(await found(before.externalId)).toEqual([]);
    });

    it('makes nothing of an intent that is submitted again', async () => {
      const one = submission();
      await under.ledger.submit(one);
      const held = granted(await under.ledger.claim(wish(one.id)));
      await under.ledger.record(held, SUCCEEDED);
      await under.ledger.rerun(one.id, held.token, ANN);
      expect(await under.ledger.submit(one)).toMatchObject({ created: false, record: { generation: 2 } });
    });
  });
}
