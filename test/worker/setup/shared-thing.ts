import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Action, type AnyAction, defineAction, type EffectContext, idempotent } from '@latchkey/core';
import { z } from 'zod';

const input = z.object({ caseId: z.string(), thing: z.string(), number: z.number(), ms: z.number() });
/** Input of the actions on a shared thing; `number` is the version, too, and `ms` how long the remote takes. */
export type ThingInput = z.infer<typeof input>;
/** An action on a shared thing. */
export type ThingAction = Action<ThingInput, number>;

/** Actions on things that intents share, and one that does the same to nothing shared. */
export interface ThingActions {
  readonly serial: ThingAction;
  readonly version: ThingAction;
  readonly single: ThingAction;
}

/** Makes the actions; `url` is a `SharedThing`'s, or `null` for effects that are over at once. */
export function thingActions(url: string | null, times: { leaseMs?: number } = {}): ThingActions {
  const perform = async ({ thing, number, ms }: ThingInput, ctx: EffectContext) => {
    if (url === null) return { result: number };
    const body = JSON.stringify({ thing, number, ms });
    await ctx.fetch(url, { method: 'POST', body });
    return { result: number };
  };
  const base = {
    input,
    key: ['caseId'],
    effect: idempotent({ keyTtlMs: 3_600_000, perform }),
    leaseMs: times.leaseMs ?? 60_000,
    deadlineMs: 60_000,
  } as const;
  const key = ['thing'] as const;
  return {
    serial: defineAction({ ...base, name: 'thing.serial', entity: { key, rule: 'serial' } }),
    version: defineAction({
      ...base,
      name: 'thing.version',
      entity: { key, rule: 'version', version: 'number' },
    }),
    single: defineAction({ ...base, name: 'thing.single' }),
  };
}

/** All of them, as a worker takes them. */
export function listed(actions: ThingActions): AnyAction[] {
  return Object.values(actions);
}

/** A remote that sees how things are shared: the order of the effects on each, and how many were under way at once. */
export interface SharedThing extends AsyncDisposable {
  readonly url: string;
  /** Numbers of the effects on a thing, in the order in which they began. */
  on(thing: string): readonly number[];
  /** Most effects that were ever under way on one thing at the same time. */
  readonly mostAtOnce: number;
  /** Resolves once so many effects have begun on a thing. */
  reached(thing: string, count: number): Promise<void>;
}

/** Starts the remote; it honours `Idempotency-Key`, also of a request that is still under way. */
export async function startSharedThing(): Promise<SharedThing> {
  const byThing = new Map<string, number[]>();
  const underWay = new Map<string, number>();
  const keys = new Map<string, Promise<void>>();
  let mostAtOnce = 0;
  const effect = async ({ thing, number, ms }: Omit<ThingInput, 'caseId'>): Promise<void> => {
    const now = (underWay.get(thing) ?? 0) + 1;
    underWay.set(thing, now);
    mostAtOnce = Math.max(mostAtOnce, now);
    byThing.set(thing, [...(byThing.get(thing) ?? []), number]);
    await sleep(ms);
    underWay.set(thing, (underWay.get(thing) ?? 0) - 1);
  };
  const server = createServer(async (request, response) => {
    const key = String(request.headers['idempotency-key']);
    const asked = (await json(request)) as Omit<ThingInput, 'caseId'>;
    const done = keys.get(key) ?? effect(asked);
    keys.set(key, done);
    await done;
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const on = (thing: string) => byThing.get(thing) ?? [];
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    on,
    get mostAtOnce() {
      return mostAtOnce;
    },
    reached: async (thing, count) => {
      while (on(thing).length < count) await sleep(5);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
