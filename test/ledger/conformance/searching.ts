import { createHash, randomUUID } from 'node:crypto';
import {
  encodeKey,
  idOfKey,
  type LedgerSearch,
  type SearchQuery,
  type State,
  type Submission,
} from '@latchkey/core';
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
  ownAction,
  SUCCEEDED,
  submission,
  submitted,
  wish,
} from './scenes.ts';

const ANN = { by: 'ann', reason: 'I looked' };

/** Reads a search to its end; answers the ids in the order in which they came. */
export async function searched(ledger: LedgerSearch, query: SearchQuery): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<LedgerSearch['search']>> = await ledger.search({
      ...query,
      ...(after === null ? {} : { after }),
    });
    expect(page.intents.length).toBeLessThanOrEqual(query.limit ?? 50);
    ids.push(...page.intents.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
}

/** People find intents by what they know of them, the newest first. */
export function searching(open: OpenLedger): void {
  describe('search', () => {
    const under = opened(open);
    const find = (query: SearchQuery) => searched(under.ledger, query);
    const approvable = (other: Partial<Submission>) =>
      submitted(under.ledger, { approvalMs: LONG_MS, ...other });

    /** An intent in each state that a test can lead one to. */
    async function inEveryState(action: string): Promise<Map<State, string>> {
      const rejected = await approvable({ action });
      await under.ledger.decide(rejected.id, 'reject', ANN);
      const cancelled = await submitted(under.ledger, { action });
      await under.ledger.decide(cancelled.id, 'cancel', ANN);
      return new Map<State, string>([
        ['rejected', rejected.id],
        ['cancelled', cancelled.id],
        ['awaiting_approval', (await approvable({ action })).id],
        ['pending', (await submitted(under.ledger, { action })).id],
        ['claimed', (await claimed(under.ledger, { action })).id],
        ['succeeded', (await ended(under.ledger, SUCCEEDED, { action })).id],
        ['failed', (await ended(under.ledger, FAILED, { action })).id],
        ['in_doubt', (await ended(under.ledger, IN_DOUBT, { action })).id],
      ]);
    }

    it('lists an action, the newest first, page by page', async () => {
      const action = ownAction();
      const ids: string[] = [];
      for (let count = 0; count < 5; count += 1) ids.push((await submitted(under.ledger, { action })).id);
      for (const limit of [1, 2, 5, 50]) expect(await find({ action, limit })).toEqual(ids.toReversed());
      await submitted(under.ledger);
      expect((await find({})).slice(1, 6)).toEqual(ids.toReversed());
    });

    it('finds what is submitted at once, each once', async () => {
      const action = ownAction();
      const all = Array.from({ length: 120 }, () => submission({ action }));
      await Promise.all(all.map((one) => under.ledger.submit(one)));
      const ids = await find({ action, limit: 7 });
      expect(ids).toHaveLength(120);
      expect(new Set(ids)).toEqual(new Set(all.map(({ id }) => id)));
    });

    it('lists any states, alone and together', async () => {
      const action = ownAction();
      const by = await inEveryState(action);
      const idsOf = (states: readonly State[]) =>
        [...by].filter(([state]) => states.includes(state)).map(([, id]) => id);
      for (const state of by.keys())
        expect(await find({ action, states: [state] }), state).toEqual(idsOf([state]));
      for (const states of [
        ['in_doubt', 'awaiting_approval'],
        ['pending', 'in_doubt'],
        ['claimed', 'pending'],
        ['failed', 'succeeded', 'claimed'],
      ] as const) {
        for (const limit of [1, 50])
          expect(await find({ action, states, limit })).toEqual(idsOf(states).toReversed());
      }
      expect(await find({ action, states: [] })).toEqual([]);
    });

    it('follows an intent from state to state', async () => {
      const action = ownAction();
      const states = async () => {
        const { intents } = await under.ledger.search({ action, states: ['failed', 'in_doubt', 'pending'] });
        return intents.map(({ state }) => state);
      };
      const held = await ended(under.ledger, DOUBT_DUE, { action });
      expect(await states()).toEqual(['in_doubt']);
      await under.ledger.settle(held.id, held.token, FAILED, ANN);
      expect(await states()).toEqual(['failed']);
      await under.ledger.replay(held.id, held.token, ANN);
      expect(await states()).toEqual(['pending']);
      const again = granted(await under.ledger.claim(wish(held.id)));
      await under.ledger.record(again, NOT_PERFORMED);
      expect(await states()).toEqual(['pending']);
      await under.ledger.decide(held.id, 'stale', ANN);
      expect(await states()).toEqual(['failed']);
    });

    it('says what an intent is, without what may be large', async () => {
      const entity = {
        id: createHash('sha256').update(randomUUID()).digest('hex'),
        rule: 'serial',
        version: null,
      } as const;
      const { id, key } = await ended(under.ledger, SUCCEEDED, { entity, scope: 'acme' });
      const { intents } = await under.ledger.search({ text: id });
      expect(intents).toEqual([
        expect.objectContaining({
          id,
          key,
          scope: 'acme',
          state: 'succeeded',
          token: 1,
          entity: entity.id,
          externalId: 'T-7',
        }),
      ]);
      expect(Object.keys(intents[0] ?? {})).not.toEqual(expect.arrayContaining(['input']));
    });

    it('finds by id, by key and by what was made, in whatever kind of ending', async () => {
      const caseId = randomUUID();
      const fields = [
        ['caseId', caseId],
        ['part', 7],
        ['last', true],
      ] as const;
      const parts = { scope: null, action: 'ticket.create', keyVersion: 3, fields };
      const [id, scoped] = [parts, { ...parts, scope: 'acme' }].map((one) => idOfKey(encodeKey(one)));
      const key = `ticket.create:caseId=${caseId},part=7,last=true`;
      await submitted(under.ledger, { id: id ?? '', key });
      await submitted(under.ledger, { id: scoped ?? '', key, scope: 'acme' });
      expect(await find({ text: ` ${id?.toUpperCase()} ` })).toEqual([id]);
      expect(await find({ text: key })).toEqual([id]);
      expect(await find({ text: key, scope: 'acme' })).toEqual([scoped]);
      expect(await find({ text: key, states: ['failed'] })).toEqual([]);
      expect(await find({ text: `${key}1` })).toEqual([]);
      const externalId = `T-${randomUUID()}/${'ü'.repeat(4_000)}`;
      const made = [];
      for (let count = 0; count < 3; count += 1)
        made.push(await ended(under.ledger, { ...SUCCEEDED, externalId }));
      const doubted = await ended(under.ledger, IN_DOUBT);
      await under.ledger.settle(doubted.id, doubted.token, { ...SUCCEEDED, externalId }, ANN);
      const ids = [...made, doubted].map((one) => one.id).toReversed();
      for (const limit of [1, 50]) {
        expect(await find({ externalId, limit })).toEqual(ids);
        expect(await find({ text: externalId, limit })).toEqual(ids);
      }
      expect(await find({ externalId: externalId.slice(1) })).toEqual([]);
    });

    it('finds by the id of an earlier key version', async () => {
      const previousIds = [randomUUID()];
      const { id } = await submitted(under.ledger, { previousIds });
      expect(await find({ text: previousIds[0] })).toEqual([id]);
      expect(await find({ text: previousIds[0], states: ['cancelled'] })).toEqual([]);
    });

    it('finds by shared entity, said by its fields or by its id, and by scope', async () => {
      const scope = randomUUID();
      const fields = [['recordId', 7]] as const;
      const encoded = encodeKey({ scope, action: 'entity', keyVersion: 1, fields });
      const entity = {
        id: createHash('sha256').update(encoded).digest('hex'),
        rule: 'serial',
        version: null,
      } as const;
      const first = await submitted(under.ledger, { scope, entity });
      const second = await submitted(under.ledger, { scope, entity, action: ownAction() });
      const other = await ended(under.ledger, FAILED, { scope });
      await submitted(under.ledger, {
        entity: { ...entity, id: createHash('sha256').update('another').digest('hex') },
      });
      for (const limit of [1, 50]) {
        expect(await find({ entity: 'recordId=7', scope, limit })).toEqual([second.id, first.id]);
        expect(await find({ entity: entity.id, limit })).toEqual([second.id, first.id]);
        expect(await find({ scope, limit })).toEqual([other.id, second.id, first.id]);
      }
      expect(await find({ scope, states: ['failed'] })).toEqual([other.id]);
      expect(await find({ scope, action: second.action })).toEqual([second.id]);
      expect(await find({ entity: 'recordId=7' })).toEqual([]);
    });

    it('finds by time of submission', async () => {
      const action = ownAction();
      const [first, second] = [
        await submitted(under.ledger, { action }),
        await submitted(under.ledger, { action }),
      ];
      await under.advance(LONG_MS * 100);
      const late = await submitted(under.ledger, { action });
      const { intents } = await under.ledger.search({ action });
      const [at, , before] = intents.map(({ createdAt }) => createdAt);
      const between = new Date(((at?.getTime() ?? 0) + (before?.getTime() ?? 0)) / 2);
      for (const limit of [1, 50]) {
        expect(await find({ action, from: between, limit })).toEqual([late.id]);
        expect(await find({ action, to: between, limit })).toEqual([second.id, first.id]);
        expect(await find({ to: between, action, from: new Date(0), limit })).toEqual([second.id, first.id]);
      }
      expect(await find({ action, to: new Date(0) })).toEqual([]);
    });

    it('finds what is past its window by its id alone', async () => {
      const action = ownAction();
      const externalId = randomUUID();
      const gone = [
        await ended(under.ledger, { ...SUCCEEDED, externalId }, { action }),
        await ended(under.ledger, FAILED, { action }),
      ];
      const kept = await ended(under.ledger, IN_DOUBT, { action });
      await under.advance(LONG_MS + 1);
      await under.settled();
      expect(await under.ledger.purge(action, 100)).toBe(2);
      const later = await submitted(under.ledger, { action });
      expect(await find({ action })).toEqual([later.id, kept.id]);
      expect(await find({ action, limit: 1 })).toEqual([later.id, kept.id]);
      expect(await find({ action, states: ['failed', 'in_doubt'] })).toEqual([kept.id]);
      expect(await find({ externalId })).toEqual([]);
      for (const { id } of gone) expect(await find({ text: id })).toEqual([id]);
      expect(await under.ledger.counts({ action })).toEqual([
        { action: null, state: 'pending', count: 1, exact: true },
        { action: null, state: 'in_doubt', count: 1, exact: true },
      ]);
    });

    it('counts every state, of one action and of all', async () => {
      const action = ownAction();
      const by = await inEveryState(action);
      await submitted(under.ledger, { action, previousIds: [randomUUID()] });
      const expected = [...by.keys()].map((state) => [state, state === 'pending' ? 2 : 1]);
      const counted = await under.ledger.counts({ action });
      expect(counted.every(({ exact }) => exact)).toBe(true);
      expect(new Map(counted.map(({ state, count }) => [state, count]))).toEqual(
        new Map(expected as [State, number][]),
      );
      const all = await under.ledger.counts({ byAction: true });
      expect(all.filter((one) => one.action === action)).toHaveLength(by.size);
      const sum = (await under.ledger.counts()).find(({ state }) => state === 'failed')?.count;
      const parts = all.filter(({ state }) => state === 'failed').map(({ count }) => count);
      expect(sum).toBe(parts.reduce((a, b) => a + b, 0));
    });

    it.each([
      [{ limit: 0 }, 'limit'],
      [{ limit: 501 }, 'limit'],
      [{ after: 'nonsense' }, 'after'],
      [{ states: ['done'] }, 'states'],
      [{ entity: 'R-7' }, 'entity'],
      [{ from: new Date('tomorrow') }, 'from'],
      [{ text: 'a\u0000b' }, 'text'],
      [{ scope: '\ud800' }, 'scope'],
    ])('says what is wrong with %j', async (query, name) => {
      const refused = { code: 'INVALID_QUERY', message: expect.stringMatching(new RegExp(`^${name}: `)) };
      await expect(under.ledger.search(query as SearchQuery)).rejects.toMatchObject(refused);
    });
  });
}
