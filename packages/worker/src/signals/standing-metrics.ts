import { Gauge, type Registry } from 'prom-client';
import { within } from '../within.ts';

/** What ledger and queue hold, read when somebody scrapes. */
export interface Standing {
  intents(): Promise<
    readonly { readonly action: string | null; readonly state: string; readonly count: number }[]
  >;
  oldestPending(): Promise<readonly { readonly action: string; readonly ageMs: number }[]>;
  jobs(): Promise<Readonly<Record<string, number>>>;
}

/** Longest wait for ledger or queue at a scrape, in milliseconds; shorter than Prometheus' own limit of 10 s. */
const READ_MS = 4_000;

/**
 * Adds the gauges that are read at each scrape. One that can't be read has no samples, and `latchkey_readable` says so:
 * an old number would look like the truth.
 */
export function addStandingMetrics(registry: Registry, standing: Standing): void {
  const registers = [registry];
  const readable = new Gauge({
    name: 'latchkey_readable',
    help: 'Whether ledger and queue could be read at this scrape: 1 or 0',
    labelNames: ['metric'],
    registers,
  });
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (set: (labels: Record<L, string>, value: number) => void) => Promise<void>,
  ) =>
    new Gauge<L>({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      async collect() {
        const samples: [Record<L, string>, number][] = [];
        const reading = read((labels, value) => samples.push([labels, value])).then(() => true);
        const wasRead = await within(READ_MS, reading, () => false).catch(() => false);
        this.reset();
        if (wasRead) for (const [labels, value] of samples) this.set(labels, value);
        readable.set({ metric: name }, wasRead ? 1 : 0);
      },
    });
  gauge(
    'latchkey_intents',
    'Intents by state; succeeded is an estimate',
    ['action', 'state'],
    async (set) => {
      for (const { action, state, count } of await standing.intents())
        set({ action: action ?? '', state }, count);
    },
  );
  gauge('latchkey_oldest_pending_seconds', 'Age of the oldest pending intent', ['action'], async (set) => {
    for (const { action, ageMs } of await standing.oldestPending()) set({ action }, ageMs / 1_000);
  });
  gauge('latchkey_queue_jobs', "BullMQ's jobs by state", ['state'], async (set) => {
    for (const [state, count] of Object.entries(await standing.jobs())) set({ state }, count);
  });
}
