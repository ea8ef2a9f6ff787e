// Tries one of the peers: every job's effect happens once, all are acknowledged, and how fast.
//
//   node --conditions=@latchkey/source test/bench/peers/try.ts pg-boss --jobs 2000 --concurrency 200 --effect 20
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../packages/examples/src/servers/index.ts';
import type { Contender, Setting } from '../contender.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2000' },
    concurrency: { type: 'string', default: '200' },
    effect: { type: 'string', default: '20' },
    workers: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    role: { type: 'string' },
    setting: { type: 'string', default: '{}' },
  },
});
const [name = ''] = positionals;
const [jobs, concurrency, effectMs] = [values.jobs, values.concurrency, values.effect].map(Number) as [
  number,
  number,
  number,
];

interface Seen {
  readonly effects: number[];
  readonly acknowledged: number;
  readonly first: number;
  readonly last: number;
  readonly most: number;
}

const { contender } = (await import(`./${name}.ts`)) as { contender: Contender };
switch (values.role) {
  case 'work':
    await work(JSON.parse(values.setting) as Setting);
    break;
  case 'produce':
    await produce(JSON.parse(values.setting) as Setting);
    break;
  default:
    await tryIt();
}

async function tryIt(): Promise<void> {
  const postgres = await startEmbeddedPostgres({ flags: ['-c', 'max_connections=300'] });
  const served = await contender.serve?.();
  try {
    const databaseUrl = await makeDatabase(postgres.url);
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      const setting: Setting = {
        databaseUrl,
        redisUrl: '',
        concurrency,
        queue: `round-${round}`,
        ...(served && { served: served.urls }),
      };
      if (round === 1) await contender.prepare?.(setting);
      await tryRound(setting);
    }
  } finally {
    await served?.close();
    await postgres.stop();
  }
}

async function tryRound(setting: Setting): Promise<void> {
  const start = async (role: string): Promise<ChildProcess> => {
    const args = [...process.argv.slice(2), '--role', role, '--setting', JSON.stringify(setting)];
    const child = fork(import.meta.filename, args);
    await once(child, 'message');
    return child;
  };
  const startWorkers = () => Promise.all(Array.from({ length: Number(values.workers) }, () => start('work')));
  const early = contender.preloads === false ? await startWorkers() : [];
  const began = performance.now();
  const producer = await start('produce');
  const adding = performance.now() - began;
  const workers = early.length > 0 ? early : await startWorkers();
  const seen = await Promise.all(
    workers.map(async (worker): Promise<Seen> => ((await once(worker, 'message')) as [Seen])[0]),
  );
  for (const worker of workers) worker.send('close');
  await Promise.all([...workers, producer].map((child) => child.exitCode ?? once(child, 'exit')));
  const effects = seen.flatMap((one) => one.effects);
  const took = Math.max(...seen.map(({ last }) => last)) - Math.min(...seen.map(({ first }) => first));
  console.log(name, {
    perSecond: Math.round((jobs / took) * 1000),
    addedPerSecond: Math.round((jobs / adding) * 1000),
    effects: effects.length,
    different: new Set(effects).size,
    acknowledged: seen.map(({ acknowledged }) => acknowledged),
    most: seen.map(({ most }) => most),
  });
}

async function work(setting: Setting): Promise<void> {
  const effects: number[] = [];
  let [acknowledged, first, last, under, most] = [0, 0, 0, 0, 0];
  const effect = async (job: number): Promise<void> => {
    first ||= Date.now();
    effects.push(job);
    most = Math.max(most, ++under);
    if (effectMs > 0) await sleep(effectMs);
    under -= 1;
  };
  const worker = await contender.work(setting, effect, () => {
    acknowledged += 1;
    last = Date.now();
  });
  process.send?.('ready');
  for (let before = -1; acknowledged === 0 || acknowledged !== before; ) {
    before = acknowledged;
    await sleep(3000);
  }
  const closing = once(process, 'message');
  process.send?.({ effects, acknowledged, first, last, most } satisfies Seen);
  await closing;
  await worker.close();
  process.disconnect();
}

async function produce(setting: Setting): Promise<void> {
  const producer = await contender.produce(setting);
  await producer.addMany(0, jobs - 1);
  await producer.add(jobs - 1);
  process.send?.('added');
  await producer.close();
  process.disconnect();
}

async function makeDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE DATABASE peers');
  await client.end();
  return Object.assign(new URL(url), { pathname: '/peers' }).href;
}
