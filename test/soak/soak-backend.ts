import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type FoundIntent, type QueueKind } from '@latchkey/worker';
import { Redis } from 'ioredis';
import { seededRandom } from '../../packages/examples/src/data/random.ts';
import { formatIntent } from '../../packages/worker/src/cli/format-intent.ts';
import { audit, type Totals, type Violation } from './audit.ts';
import { type Tally, type Temper, wreak } from './chaos.ts';
import { Crew } from './crew.ts';
import { gatherEvidence } from './evidence.ts';
import { Ground } from './ground.ts';
import { judgeMemory, type MemoryVerdict } from './memory.ts';
import { type Deeds, People } from './people.ts';
import { Producers } from './producers.ts';
import { soakActions } from './soak-actions.ts';
import { warningsIn } from './warnings.ts';

/** Longest wait until all has healed, in milliseconds. */
const HEAL_MS = 180_000;
/** Stories that are told where something does not hold. */
const STORIES = 10;

/** How one backend is soaked. */
export interface SoakOptions {
  readonly backend: QueueKind;
  readonly seed: number;
  /** Submissions a second. */
  readonly rate: number;
  readonly temper: Temper;
  /** Folder of logs; the backend makes one of its own in it. */
  readonly folder: string;
  /** Ends the faults and the load; healing and audit follow. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Called when all has healed; tests forge the evidence there. Default: nothing happens. */
  readonly beforeAudit?: (ground: Ground) => Promise<void>;
}

/** What the soak of one backend came to. */
export interface SoakOutcome {
  readonly backend: QueueKind;
  readonly totals: Totals;
  readonly violations: readonly Violation[];
  readonly stories: readonly string[];
  readonly faults: ReadonlyMap<string, Tally>;
  readonly deeds: Deeds;
  readonly memory: MemoryVerdict;
  readonly restarts: number;
  readonly sizes: { readonly postgres: number; readonly redis: number | null };
}

/** Soaks one backend until the signal, or until chaos is through; then heals, audits, and removes what it started. */
export async function soakBackend(options: SoakOptions): Promise<SoakOutcome> {
  const { backend, seed, say } = options;
  const ground = await Ground.open(backend, path.join(options.folder, backend));
  const crew = new Crew(ground);
  let producers: Producers | undefined;
  try {
    await crew.start();
    producers = new Producers(ground, { rate: options.rate, seed });
    const tallies = new Map<string, Tally>();
    const actions = soakActions(ground.directRemotes);
    const log = warningsIn(path.join(ground.folder, 'people.log'));
    const client = await connect({ ...ground.direct, actions, log });
    const people = new People(ground, crew, client);
    const rest = new AbortController();
    const working = people.work(rest.signal);
    const telling = setInterval(() => void tellMinute(ground, crew, tallies, say), 60_000);
    const random = seededRandom(seed);
    try {
      await wreak({ ground, crew, producers, random }, options.temper, { signal: options.signal, tallies });
      say(`${backend}: no more faults; everything heals`);
      await ground.heal();
      await producers.close();
      const unhealed = await healed(ground, crew);
      rest.abort();
      await working;
      await crew.close();
      await options.beforeAudit?.(ground);
      const incidents = [...crew.incidents, ...producers.incidents, ...people.deeds.wrong, ...unhealed];
      const { totals, violations } = audit(await gatherEvidence(ground, actions, incidents));
      const elder = crew.elder?.memory ?? [];
      return {
        backend,
        totals,
        violations,
        stories: await tellStories(violations, (id) => client.find(id)),
        faults: tallies,
        deeds: people.deeds,
        memory: judgeMemory(elder),
        restarts: crew.everybody.length - crew.size,
        sizes: await sizesOf(ground),
      };
    } finally {
      clearInterval(telling);
      rest.abort();
      await working;
      await client.close().catch(() => undefined);
    }
  } finally {
    await producers?.close();
    await crew.kill();
    await ground.close();
  }
}

/** Waits until nothing is under way; what stands in the way is told. */
async function healed(ground: Ground, crew: Crew): Promise<string[]> {
  if (!(await crew.ready())) return ['a worker did not come back although all had healed'];
  const giveUp = Date.now() + HEAL_MS;
  while (Date.now() < giveUp) {
    // a doubt that the machine still looks after is asked about once at least
    const { rows } = await ground.pool.query<{ open: number }>(
      `select count(*)::int as open from latchkey.intent
       where finished_at is null and not (state = 'in_doubt' and (due_at is null or asked > 0))`,
    );
    if (rows[0]?.open === 0) return [];
    await sleep(500);
  }
  return []; // the audit names each intent that is not finished
}

async function tellMinute(
  ground: Ground,
  crew: Crew,
  tallies: ReadonlyMap<string, Tally>,
  say: (line: string) => void,
): Promise<void> {
  const { rows } = await ground.pool
    .query<{ all: number; open: number; doubts: number }>(
      `select count(*)::int as all, count(*) filter (where finished_at is null and state <> 'in_doubt')::int as open,
         count(*) filter (where state = 'in_doubt')::int as doubts from latchkey.intent`,
    )
    .catch(() => ({ rows: [] })); // it may be down at this very moment
  const landed = [...tallies.values()].reduce((sum, tally) => sum + tally.landed, 0);
  const sample = crew.elder?.memory.at(-1);
  const counts = rows[0] === undefined ? 'PostgreSQL is down' : countsOf(rows[0]);
  const memory =
    sample === undefined ? '' : `, lasting worker ${mib(sample.heap)} heap, ${mib(sample.rss)} resident`;
  say(`${ground.backend}: ${counts}; ${landed} faults landed, ${crew.gone.size} workers ended${memory}`);
}

function countsOf({ all, open, doubts }: { all: number; open: number; doubts: number }): string {
  return `${all} intents, ${open} under way, ${doubts} in doubt`;
}

/** Bytes for people. */
export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function tellStories(
  violations: readonly Violation[],
  find: (id: string) => Promise<FoundIntent | null>,
): Promise<string[]> {
  const ids = new Set(violations.map(({ intentId }) => intentId).filter((id) => id !== undefined));
  const stories: string[] = [];
  for (const id of [...ids].slice(0, STORIES)) {
    const found = await find(id);
    if (found !== null) stories.push(formatIntent(found));
  }
  return stories;
}

async function sizesOf({ pool, redis }: Ground): Promise<SoakOutcome['sizes']> {
  const { rows } = await pool.query<{ bytes: string }>(
    'select pg_database_size(current_database())::text as bytes',
  );
  const postgres = Number(rows[0]?.bytes ?? 0);
  if (redis === null) return { postgres, redis: null };
  const client = new Redis(redis.url, { maxRetriesPerRequest: 3 });
  try {
    return { postgres, redis: Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1] ?? 0) };
  } finally {
    client.disconnect();
  }
}
