import type { QueueKind } from '@latchkey/worker';
import type { Random } from '../../packages/examples/src/data/random.ts';
import type { Crew } from './crew.ts';
import type { Ground } from './ground.ts';
import type { Producers } from './producers.ts';

/** What a fault can strike. */
export interface Scene {
  readonly ground: Ground;
  readonly crew: Crew;
  readonly producers: Producers;
  readonly random: Random;
  /** Waits so many milliseconds, or until chaos ends. */
  readonly pause: (ms: number) => Promise<void>;
}

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  /** Two faults at the same place don't strike at once. */
  readonly at: 'worker' | 'elder' | 'producer' | 'postgres' | 'queue' | 'remote';
  /** The backends on which there is such a thing; default both. */
  readonly only?: QueueKind;
  /** Strikes and heals; resolves with whether it demonstrably landed. */
  strike(scene: Scene): Promise<boolean>;
}
