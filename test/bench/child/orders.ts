import type { Setting } from '../contender.ts';

/** What the bench asks of a child process; every order is answered once. */
export type Order =
  | { readonly kind: 'prepare'; readonly setting: Setting }
  | { readonly kind: 'produce'; readonly setting: Setting }
  | { readonly kind: 'add'; readonly from: number; readonly to: number }
  /** Adds the jobs one by one at an even pace, whether or not the ones before are done. */
  | { readonly kind: 'pace'; readonly jobs: number; readonly perSecond: number }
  | {
      readonly kind: 'work';
      readonly setting: Setting;
      /** Jobs are numbered from 0 to below this. */
      readonly jobs: number;
      /** How long an effect takes, in milliseconds; 0 does nothing. */
      readonly effectMs: number;
    }
  | { readonly kind: 'report' }
  | { readonly kind: 'memory' }
  /** Closes its connections; the process stays, and its code stays warm. */
  | { readonly kind: 'rest' };

/** Answers by kind of order; `undefined` where there is nothing to say. */
export interface Answers {
  readonly prepare: undefined;
  readonly produce: undefined;
  readonly add: undefined;
  /** When each job was about to be added, on the shared clock. */
  readonly pace: Float64Array;
  readonly work: undefined;
  readonly report: WorkReport;
  readonly memory: Memory;
  readonly rest: undefined;
}

/** What one worker process did. */
export interface WorkReport {
  /** Effects of each job. */
  readonly effects: Uint16Array;
  /** When each job was acknowledged, on the shared clock; 0: not by this process. */
  readonly acknowledgedAt: Float64Array;
}

/** Memory of a worker process after a collection of garbage, in bytes. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
}

/** What a child sends. */
export type Message =
  | { readonly kind: 'answered'; readonly order: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly order: number; readonly error: string }
  /** Sent by workers every few milliseconds while there is something new. */
  | { readonly kind: 'progress'; readonly acknowledged: number };
