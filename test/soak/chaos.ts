import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueKind } from '@latchkey/worker';
import type { Random } from '../../packages/examples/src/data/random.ts';
import type { Fault, Scene } from './fault.ts';
import { processFaults } from './process-faults.ts';
import { remoteFaults } from './remote-faults.ts';
import { storeFaults } from './store-faults.ts';

/** How often a fault was tried, and how often it demonstrably landed. */
export interface Tally {
  tried: number;
  landed: number;
}

/** How chaos goes about it. */
export interface Temper {
  /** Shortest and longest pause between two faults, in milliseconds. */
  readonly pauseMs: readonly [number, number];
  /** How many faults may strike at once. */
  readonly atOnce: number;
  /** Ends when every fault has landed once; else it goes on until it is told to end. */
  readonly once: boolean;
  /** Strikes only with faults whose names contain this; default all. */
  readonly only?: string;
}

/** A fault every few seconds, and now and then two at once. */
export const USUAL: Temper = { pauseMs: [1_500, 5_000], atOnce: 2, once: false };

/** All faults that a backend can meet. */
export function faultsOf(backend: QueueKind): readonly Fault[] {
  return [...processFaults, ...storeFaults, ...remoteFaults].filter(({ only = backend }) => only === backend);
}

/** Strikes with one fault after the other, all of them in a random order, then all again, until `signal` aborts. */
export async function wreak(
  scene: Omit<Scene, 'pause'>,
  temper: Temper,
  { signal, tallies }: { readonly signal: AbortSignal; readonly tallies: Map<string, Tally> },
): Promise<void> {
  const faults = faultsOf(scene.ground.backend).filter(({ name }) => name.includes(temper.only ?? ''));
  for (const { name } of faults) tallies.set(name, { tried: 0, landed: 0 });
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  const [shortest, longest] = temper.pauseMs;
  const active = new Map<Fault['at'], Promise<void>>();
  let deck: Fault[] = [];
  while (!signal.aborted) {
    if (deck.length === 0) deck = nextDeck();
    if (deck.length === 0) break;
    const fault = deck.find(({ at }) => !active.has(at));
    if (fault === undefined || active.size >= temper.atOnce) {
      await Promise.race(active.values());
      continue;
    }
    deck.splice(deck.indexOf(fault), 1);
    active.set(
      fault.at,
      strike(fault).finally(() => active.delete(fault.at)),
    );
    await pause(shortest + scene.random.below(longest - shortest));
  }
  await Promise.all(active.values());

  function nextDeck(): Fault[] {
    const due = temper.once ? faults.filter(({ name }) => tallies.get(name)?.landed === 0) : faults;
    return shuffled(due, scene.random);
  }

  async function strike(fault: Fault): Promise<void> {
    const tally = tallies.get(fault.name) ?? { tried: 0, landed: 0 };
    tally.tried += 1;
    if (await fault.strike({ ...scene, pause })) tally.landed += 1;
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const mixed: T[] = [];
  while (left.length > 0) mixed.push(...left.splice(random.below(left.length), 1));
  return mixed;
}
