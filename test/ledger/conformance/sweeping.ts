import type { Ledger } from '@latchkey/core';
import { describe, expect, it } from 'vitest';
import { type OpenLedger, opened } from './ledger-under-test.ts';
import {
  claimed,
  DOUBT_DUE,
  ended,
  FAILED,
  granted,
  IN_DOUBT,
  NOT_PERFORMED,
  ownAction,
  SUCCEEDED,
  submitted,
  wish,
} from './scenes.ts';

const HOUR_MS = 3_600_000;
const ANN = { by: 'ann', reason: 'I looked' };

/** Sweeps an action to its end; answers the ids in the order in which they came. */
export async function swept(ledger: Ledger, action: string, limit = 100): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Ledger['open']>> = await ledger.open(action, after, limit);
    expect(page.intents.length).toBeLessThanOrEqual(limit);
    ids.push(...page.intents.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
}

/** The sweep sees every unfinished intent, once, for as long as it is unfinished. */
export function sweeping(open: OpenLedger): void {
  describe('open', () => {
    const under = opened(open);

    it('shows what is unfinished, and nothing else', async () => {
      const action = ownAction();
      const unfinished = [
        await submitted(under.ledger, { action }),
        await claimed(under.ledger, { action }),
        await ended(under.ledger, NOT_PERFORMED, { action }),
        await ended(under.ledger, IN_DOUBT, { action }),
      ];
      await ended(under.ledger, SUCCEEDED, { action });
      await ended(under.ledger, FAILED, { action });
      await submitted(under.ledger);
      const { intents } = await under.ledger.open(action, await recent(action), 100);
      expect(intents.map(({ id, state }) => [id, state])).toEqual(
        unfinished.map(({ id, state }) => [id, state]),
      );
    });

    it('says what decides about the next step', async () => {
      const action = ownAction();
      const held = await ended(under.ledger, DOUBT_DUE, { action });
      await under.advance(1000);
      const { intents } = await under.ledger.open(action, await recent(action), 100);
      expect(intents[0]).toMatchObject({
        id: held.id,
        action,
        token: 1,
        tries: 1,
        kind: 'idempotent',
        asked: 0,
      });
      for (const age of [intents[0]?.ageMs, intents[0]?.sentAgoMs, intents[0]?.claimedAgoMs])
        expect(age).toBeGreaterThanOrEqual(1000);
      expect(intents[0]?.dueInMs).toBeGreaterThan(0);
    });

    it('shows many, page by page, in the order of submission', async () => {
      const action = ownAction();
      const ids: string[] = [];
      for (let n = 0; n < 7; n += 1) ids.push((await submitted(under.ledger, { action })).id);
      expect(await swept(under.ledger, action, 3)).toEqual(ids);
      expect(await swept(under.ledger, action, 7)).toEqual(ids);
    });

    it('shows what came at once, each once', async () => {
      const action = ownAction();
      const all = await Promise.all(Array.from({ length: 50 }, () => submitted(under.ledger, { action })));
      const seen = await swept(under.ledger, action, 7);
      expect(seen).toHaveLength(50);
      expect(new Set(seen)).toEqual(new Set(all.map(({ id }) => id)));
    });

    it('goes on showing what stays unfinished, however old, and each once', async () => {
      const action = ownAction();
      const old = [
        await submitted(under.ledger, { action }),
        await ended(under.ledger, IN_DOUBT, { action }),
      ];
      await under.advance(HOUR_MS);
      const young = await submitted(under.ledger, { action });
      const all = [...old, young].map(({ id }) => id).sort();
      for (let sweep = 0; sweep < 3; sweep += 1) {
        expect((await swept(under.ledger, action, 2)).sort()).toEqual(all);
        await under.advance(HOUR_MS);
      }
    });

    it('shows an old intent no longer once it is finished', async () => {
      const action = ownAction();
      const held = await claimed(under.ledger, { action });
      await under.advance(HOUR_MS);
      expect(await swept(under.ledger, action)).toEqual([held.id]);
      await under.ledger.record(held, SUCCEEDED);
      expect(await swept(under.ledger, action)).toEqual([]);
    });

    it('shows a failed intent again that was replayed long after', async () => {
      const action = ownAction();
      const failed = await ended(under.ledger, FAILED, { action });
      await under.advance(HOUR_MS);
      expect(await swept(under.ledger, action)).toEqual([]);
      await submitted(under.ledger); // time goes on
      expect(await swept(under.ledger, action)).toEqual([]);
      await under.ledger.replay(failed.id, failed.token, ANN);
      expect(await swept(under.ledger, action)).toEqual([failed.id]);
      const again = granted(await under.ledger.claim(wish(failed.id)));
      expect(await swept(under.ledger, action)).toEqual([failed.id]);
      await under.ledger.record(again, SUCCEEDED);
      expect(await swept(under.ledger, action)).toEqual([]);
    });

    it('shows an intent once that was replayed at once', async () => {
      const action = ownAction();
      const failed = await ended(under.ledger, FAILED, { action });
      await under.ledger.replay(failed.id, failed.token, ANN);
      expect(await swept(under.ledger, action)).toEqual([failed.id]);
    });

    /** Past the stragglers: those come first, in no order of submission. */
    async function recent(action: string): Promise<string | null> {
      const { intents, next } = await under.ledger.open(action, null, 100);
      return intents.length === 0 ? next : null;
    }
  });

  describe('exclusively', () => {
    const under = opened(open);

    it('runs one of a name at a time', async () => {
      const name = ownAction();
      const inside: boolean[] = [];
      const ran = await under.ledger.exclusively(name, async () => {
        inside.push(await under.ledger.exclusively(name, async () => undefined));
        inside.push(await under.ledger.exclusively(ownAction(), async () => undefined));
      });
      expect([ran, ...inside]).toEqual([true, false, true]);
      expect(await under.ledger.exclusively(name, async () => undefined)).toBe(true);
    });

    it('hands out what its body throws, and is free again', async () => {
      const name = ownAction();
      const boom = under.ledger.exclusively(name, async () => {
        throw new Error('boom');
      });
      await expect(boom).rejects.toThrow('boom');
      expect(await under.ledger.exclusively(name, async () => undefined)).toBe(true);
    });
  });
}
