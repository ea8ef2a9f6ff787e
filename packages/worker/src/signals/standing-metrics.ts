import type { LedgerSearch } from '@latchkey/core';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { within } from '../within.ts';

/** Opens a registry of our own, with prom-client's metrics of the process. */
export function openRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What ledger and queue hold, read when somebody scrapes. */
export interface Standing {
  intents(): Promise<
    readonly { readonly action: string | null; readonly state: string; readonly count: number }[]
  >;
  oldestPending(): Promise<readonly { readonly action: string; readonly ageMs: number }[]>;
  jobs(): Promise<Readonly<Record<string, number>>>;
}

/** Reads it from the ledger and the queue of one process. */
export function standingOf(
  ledger: Pick<LedgerSearch, 'counts' | 'oldestPending'>,
  queue: { getJobCounts(): Promise<Readonly<Record<string, number>>> },
): Standing {
  return {
    intents: () => ledger.counts({ byAction: true }),
    oldestPending: () => ledger.oldestPending(),
    jobs: () => queue.getJobCounts(),
  };
}

/** Longest wait for ledger or queue at a scrape, in milliseconds; shorter than Prometheus' own limit of 10 s. */
const READ_MS = 4_000;

/** Sets one sample of a gauge. */
type SetSample = (labels: Readonly<Record<string, string>>, value: number) => void;

/** The gauges that are read at each scrape. */
const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly read: (standing: Standing, set: SetSample) => Promise<void>;
}[] = [
  {
    name: 'latchkey_intents',
    help: 'Intents by state; succeeded is an estimate',
    labelNames: ['action', 'state'],
    read: async (standing, set) => {
      for (const { action, state, count } of await standing.intents())
        set({ action: action ?? '', state }, count);
    },
  },
  {
    name: 'latchkey_oldest_pending_seconds',
    help: 'Age of the oldest pending intent',
    labelNames: ['action'],
    read: async (standing, set) => {
      for (const { action, ageMs } of await standing.oldestPending()) set({ action }, ageMs / 1_000);
    },
  },
  {
    name: 'latchkey_queue_jobs',
    help: "BullMQ's jobs by state",
    labelNames: ['state'],
    read: async (standing, set) => {
      for (const [state, count] of Object.entries(await standing.jobs())) set({ state }, count);
    },
  },
];

/**
 * Adds the gauges that are read at each scrape. One that can't be read has no samples, and `latchkey_readable` says so:
 * an old number would look like the truth. In a registry that has them already the new ones take their place.
 */
export function addStandingMetrics(registry: Registry, standing: Standing): void {
  const registers = [registry];
  const readings = new Map<string, Promise<boolean>>();
  for (const { name, help, labelNames, read } of GAUGES) {
    registry.removeSingleMetric(name);
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      async collect() {
        const samples: Parameters<SetSample>[] = [];
        const reading = read(standing, (...sample) => samples.push(sample)).then(() => true);
        const inTime = within(READ_MS, reading, () => false).catch(() => false);
        readings.set(name, inTime);
        const wasRead = await inTime;
        this.reset();
        if (wasRead) for (const [labels, value] of samples) this.set(labels, value);
      },
    });
  }
  registry.removeSingleMetric('latchkey_readable');
  // the last one, so that a scrape has begun to read the others when it comes to it
  new Gauge({
    name: 'latchkey_readable',
    help: 'Whether ledger and queue could be read at this scrape: 1 or 0',
    labelNames: ['metric'],
    registers,
    async collect() {
      for (const [metric, reading] of readings) this.set({ metric }, (await reading) ? 1 : 0);
    },
  });
}
