import type { AnyAction } from '@latchkey/core';
import type { QueueKind, SweepOptions } from '@latchkey/worker';
import { exampleActions } from '../actions/example-actions.ts';
import type { ExampleRemotes } from '../actions/example-remotes.ts';
import type { Pace } from '../actions/pace.ts';
import { loadActions, paced, RECORDER_VARIABLE } from './load-actions.ts';
import type { Submittal } from './schedule.ts';

/** Where effects go: to the example remotes, or to the recorder of a module of the user's own. */
export type Effects =
  | { readonly kind: 'examples'; readonly remotes: ExampleRemotes }
  | { readonly kind: 'own'; readonly module: string; readonly recorderUrl: string };

/** What every child process of one side of the demo needs to know. */
export interface ChildSettings {
  readonly name: string;
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  readonly queue: QueueKind;
  readonly queueName: string;
  readonly effects: Effects;
  /** Folder of this side's logs. */
  readonly folder: string;
}

/** What a worker process needs beside. */
export interface WorkerChildSettings extends ChildSettings {
  /** Where the worker may stand still, to be killed; `null`: nowhere. */
  readonly stand: {
    /** The number of the effect from which on it may. */
    readonly from: number;
    /** The intents at whose effects it may, by whatever the side names them. */
    readonly at: readonly string[];
  } | null;
}

/** What a producer process needs beside. */
export interface ProducerSettings extends ChildSettings {
  readonly submittals: readonly Submittal[];
}

/** Fast enough for a run of a minute, and slow enough for two busy cores. */
export const demoPace: Pace = Object.freeze({
  leaseMs: 2_000,
  deadlineMs: 3_000,
  quietMs: 500,
  backoffMs: 100,
});

/** BullMQ's lock and its search for dead workers, so that a killed worker's jobs come again within three seconds. */
export const demoQueueTimes: Readonly<Record<'lockDurationMs' | 'stalledIntervalMs', number>> = Object.freeze(
  {
    lockDurationMs: 2_000,
    stalledIntervalMs: 1_000,
  },
);

/** How often the ledger is swept. */
export const demoSweep: SweepOptions = Object.freeze({ intervalMs: 500, graceMs: 1_000 });

/** Jobs that one worker process has under way at once. */
export const CONCURRENCY = 8;

/** The protected side's actions in a child process: the examples', or the user's own at the demo's pace. */
export async function actionsFor(effects: Effects): Promise<readonly AnyAction[]> {
  if (effects.kind === 'examples') return Object.values(exampleActions(effects.remotes, demoPace));
  process.env[RECORDER_VARIABLE] = effects.recorderUrl;
  return (await loadActions(effects.module)).map((action) => paced(action, demoPace));
}
