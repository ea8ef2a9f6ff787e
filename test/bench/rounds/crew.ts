import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../child/child.ts';
import type { Memory, WorkReport } from '../child/orders.ts';
import type { Setting } from '../contender.ts';
import { cpuTimeOf } from '../ground/cpu-time.ts';
import type { Cpu, Play } from './round.ts';

/** A round in which nothing is acknowledged for so long is over, and failed. */
const STALL_MS = 60_000;
/** Longest that a contender may take to close; then its processes are ended, and the next round has new ones. */
const CLOSE_MS = 15_000;
const LOOK_MS = 10;
const FILL = 1_000;

/** The processes of one round. */
export class Crew {
  readonly producer: Child;
  readonly #workers: readonly Child[];
  readonly #setting: Setting;
  readonly #play: Play;

  constructor(play: Play, databaseUrl: string) {
    const { ground, troupe, cell, contender, id, served } = play;
    this.#play = play;
    const { producer, workers } = troupe.call(contender, cell.workers);
    this.producer = producer;
    this.#workers = workers;
    this.#setting = {
      databaseUrl,
      redisUrl: ground.redisUrl,
      concurrency: cell.concurrency,
      queue: id,
      ...(served === undefined ? {} : { served: served.urls }),
    };
  }

  /** Makes the contender's tables, and connects the producer. */
  async startProducer(): Promise<void> {
    await this.producer.ask({ kind: 'prepare', setting: this.#setting });
    await this.producer.ask({ kind: 'produce', setting: this.#setting });
  }

  /** Adds all jobs of the round. */
  async fill(): Promise<void> {
    const { jobs } = this.#play.cell;
    for (let from = 0; from < jobs; from += FILL) {
      await this.producer.ask({ kind: 'add', from, to: Math.min(from + FILL, jobs) });
    }
  }

  async startWorkers(): Promise<void> {
    const { jobs, effectMs } = this.#play.cell;
    const order = { kind: 'work', setting: this.#setting, jobs, effectMs } as const;
    await Promise.all(this.#workers.map((worker) => worker.ask(order)));
  }

  acknowledged(): number {
    return this.#workers.reduce((sum, worker) => sum + worker.acknowledged(), 0);
  }

  /** Waits until so many jobs are acknowledged. */
  async reached(jobs: number): Promise<void> {
    let [seen, since] = [0, performance.now()];
    for (let now = 0; now < jobs; await sleep(LOOK_MS)) {
      now = this.acknowledged();
      if (now > seen) [seen, since] = [now, performance.now()];
      if (performance.now() - since < STALL_MS) continue;
      throw new Error(`nothing was acknowledged for ${STALL_MS / 1_000} s, after ${seen} of ${jobs} jobs`);
    }
  }

  /** What the workers did, once they are done. */
  reports(): Promise<WorkReport[]> {
    return Promise.all(this.#workers.map((worker) => worker.ask({ kind: 'report' })));
  }

  /** CPU time that everybody has used so far, in milliseconds. */
  cpuTime(): Cpu {
    const { ground, served } = this.#play;
    return {
      worker: sumOf(this.#workers.map(({ pid }) => pid)),
      postgres: sumOf(ground.postgresPid === null ? [] : [ground.postgresPid]),
      redis: sumOf(ground.redisPid === null ? [] : [ground.redisPid]),
      server: sumOf(served?.pids ?? []),
    };
  }

  /** Memory of the first worker. */
  memory(): Promise<Memory> {
    return (this.#workers[0] as Child).ask({ kind: 'memory' });
  }

  async restWorkers(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ask({ kind: 'rest' })));
  }

  /** Closes all connections; answers whether that went well within its time. */
  rest(): Promise<boolean> {
    const closed = Promise.all([this.restWorkers(), this.producer.ask({ kind: 'rest' })]);
    const late = sleep(CLOSE_MS, false, { ref: false });
    return Promise.race([closed.then(() => true), late]).catch(() => false);
  }
}

function sumOf(pids: readonly number[]): number | null {
  if (pids.length === 0) return null;
  const times = pids.map(cpuTimeOf);
  return times.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}
