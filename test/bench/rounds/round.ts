import type { Troupe } from '../child/troupe.ts';
import type { Served } from '../contender.ts';
import type { Listed } from '../contenders.ts';
import type { Ground } from '../ground/ground.ts';

/** One contender under one setting: a row of the results, measured once in every round. */
export interface Cell {
  readonly axis: string;
  readonly contender: string;
  readonly kind: 'throughput' | 'duplicates' | 'latency';
  readonly concurrency: number;
  /** How long an effect takes, in milliseconds; 0 does nothing. */
  readonly effectMs: number;
  /** Worker processes. */
  readonly workers: number;
  /** Jobs of one round. */
  readonly jobs: number;
  /** Jobs added a second; for latency only. */
  readonly perSecond?: number;
}

/** CPU milliseconds for each job that was measured; `null` where they could not be read. */
export interface Cpu {
  readonly worker: number | null;
  readonly postgres: number | null;
  readonly redis: number | null;
  /** A contender's own server. */
  readonly server: number | null;
}

/** What one round measured. */
export interface Round {
  readonly perSecond: number;
  readonly cpu: Cpu;
  /** Bytes for each job, from before it was added until it was done. */
  readonly walBytes: number;
  readonly diskBytes: number;
  /** Milliseconds from just before a job was added until its acknowledgement; for latency only. */
  readonly latency?: { readonly p50: number; readonly p99: number };
}

/** What a round is run with. */
export interface Play {
  readonly ground: Ground;
  readonly troupe: Troupe;
  readonly cell: Cell;
  readonly contender: Listed;
  /** Whether its jobs can be added before there is a worker. */
  readonly preloads: boolean;
  /** The contender's own server, if it has one. */
  readonly served: Served | undefined;
  /** Unique within the run: names database and queue. */
  readonly id: string;
}
