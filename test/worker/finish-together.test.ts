import { randomUUID } from 'node:crypto';
import { type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { finishTogether } from '../../packages/worker/src/redis/finish-together.ts';
import { argumentsOfAll, forMany, replyOf } from '../../packages/worker/src/redis/many-calls.ts';

const opened: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

function openRedis(): Redis {
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  opened.push({ close: async () => redis.disconnect() });
  return redis;
}

interface Scene {
  readonly queue: Queue;
  readonly worker: Worker;
  readonly redis: Redis;
  /** The worker's own. */
  readonly connection: Redis;
  /** How often a script was called so far. */
  calls(): number;
  key(id: string): string;
}

/** A queue, and a worker of BullMQ's that takes jobs only when told. */
async function openScene(together: boolean, jobs: number): Promise<Scene> {
  const name = `together-${randomUUID()}`;
  const redis = openRedis();
  const connection = together ? finishTogether(openRedis()) : openRedis();
  const queue = new Queue(name, { connection: redis });
  const worker = new Worker(name, null, { connection });
  worker.on('error', () => undefined);
  opened.push(queue, worker);
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  await queue.addBulk(
    Array.from({ length: jobs }, (_, n) => ({
      name: 'add',
      data: { n, text: `ü"${n}\\` },
      opts: { removeOnComplete: n % 2 === 0 },
    })),
  );
  let seen = 0;
  const { sendCommand } = connection;
  connection.sendCommand = (command, ...more) => {
    if (command.name === 'evalsha') seen += 1;
    return sendCommand.call(connection, command, ...more);
  };
  return { queue, worker, redis, connection, calls: () => seen, key: (id) => `bull:${name}:${id}` };
}

/** Takes so many jobs. */
async function take({ worker }: Scene, jobs: number): Promise<Job[]> {
  const taken: Job[] = [];
  for (let n = 0; n < jobs; n += 1) taken.push((await worker.getNextJob('token', { block: false })) as Job);
  return taken;
}

/** Ends all of them in one turn; answers what BullMQ gets for each: the next job, or why it failed. */
function endAll(jobs: readonly Job[], fetchNext: boolean): Promise<unknown[]> {
  return Promise.all(
    jobs.map((job, index) =>
      (index % 3 === 2
        ? job.moveToFailed(new Error(`no ${index}`), 'token', fetchNext)
        : job.moveToCompleted({ n: index }, 'token', fetchNext)
      ).catch((error: Error) => error.message.replaceAll(String(job.id), 'ID')),
    ),
  );
}

/** What differs from one run to the next. */
const PASSING = /^(finishedOn|processedOn|timestamp|stacktrace|queueQualifiedName)$/;
const withoutTime = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (name, one) => (PASSING.test(name) ? undefined : one)));

describe('jobs that end in one turn', () => {
  test.each([1, 2, 31, 32, 33, 100])('%d of them end as each would by itself', async (count) => {
    const ended = async (together: boolean) => {
      const scene = await openScene(together, count + 40);
      const taken = await take(scene, count);
      const before = scene.calls();
      const replies = await endAll(taken, true);
      const calls = scene.calls() - before;
      const kept = await scene.queue.getJobs(['completed', 'failed', 'active', 'wait'], 0, -1, true);
      const { completed, failed, active, wait } = await scene.queue.getJobCounts();
      const events = await scene.redis.xrange(scene.key('events'), '-', '+');
      return {
        calls,
        told: withoutTime({
          replies,
          kept: kept.map((job) => job.toJSON()).sort((a, b) => Number(a.id) - Number(b.id)),
          counts: { completed, failed, active, wait },
          events: events.map(([, fields]) => fields),
        }),
      };
    };
    const [apart, together] = [await ended(false), await ended(true)];
    expect(together.told).toEqual(apart.told);
    expect(apart.calls).toBe(count);
    expect(together.calls).toBe(Math.ceil(count / 32));
  });

  test('nothing is left to fetch: each is told so', async () => {
    const scene = await openScene(true, 10);
    const taken = await take(scene, 10);
    expect(await endAll(taken, true)).toEqual(taken.map(() => []));
    expect(await scene.queue.getJobCounts('active', 'wait')).toEqual({ active: 0, wait: 0 });
  });

  test('one whose lock is gone is refused alone', async () => {
    const scene = await openScene(true, 10);
    const taken = await take(scene, 10);
    await scene.redis.set(`${scene.key(taken[4]?.id ?? '')}:lock`, 'of somebody else');
    const replies = await endAll(taken, false);
    expect(replies.filter((reply) => typeof reply === 'string')).toEqual([
      expect.stringContaining('Lock mismatch for job ID'),
    ]);
    expect(await scene.queue.getJobCounts('active', 'completed', 'failed')).toMatchObject({ active: 1 });
  });

  test('one at which the script itself breaks fails alone', async () => {
    const scene = await openScene(true, 40);
    const taken = await take(scene, 40);
    // whatever kind of key was there is gone
    await scene.redis.set(scene.key(taken[7]?.id ?? ''), 'not a hash');
    const replies = await endAll(taken, false);
    expect(replies.filter((reply) => typeof reply === 'string')).toEqual([
      expect.stringContaining('WRONGTYPE'),
    ]);
    expect(await scene.queue.getJobCounts('active', 'completed', 'failed')).toMatchObject({
      completed: 13,
      failed: 13,
    });
  });

  test('all fail where the server is gone', async () => {
    const scene = await openScene(true, 10);
    const taken = await take(scene, 10);
    scene.connection.disconnect();
    const replies = await endAll(taken, false);
    expect(replies).toEqual(taken.map(() => expect.stringContaining('closed')));
  });

  test('one by one where the script is written so that many of it can not be compiled', async () => {
    const redis = finishTogether(openRedis());
    const lua = 'local function twice(x)\nif x then\nreturn x .. x\nend\nend\nreturn twice(ARGV[1])';
    redis.defineCommand('moveToFinished:strange', { numberOfKeys: 0, lua });
    const end = (redis as unknown as Record<string, (args: string[]) => Promise<string>>)[
      'moveToFinished:strange'
    ];
    for (let time = 0; time < 2; time += 1)
      expect(await Promise.all(['a', 'b', 'c'].map((arg) => end?.call(redis, [arg])))).toEqual([
        'aa',
        'bb',
        'cc',
      ]);
  });
});

describe('a script that runs many times in one call', () => {
  const TWICE =
    '--[[ KEYS and ARGV ]] local made = redis.call("INCR", "made")\nlocal function twice(x)\n  return x .. x\nend\n';

  test('makes its functions once', async () => {
    const redis = openRedis();
    const lua = forMany(`${TWICE}return twice(ARGV[1]) .. made -- of ARGV`);
    await redis.del('made');
    const replies = (await redis.eval(lua, 0, 2, 1, 1, 1, 'a', 'b')) as string[];
    expect(replies.map(replyOf)).toEqual(['aa1', 'bb1']);
  });

  test('makes functions for each run that read its keys or arguments', async () => {
    const redis = openRedis();
    const lua = forMany(
      `${TWICE}local function first()\n  return ARGV[1]\nend\nreturn twice(first()) .. made`,
    );
    await redis.del('made');
    const replies = (await redis.eval(lua, 0, 2, 1, 1, 1, 'a', 'b')) as string[];
    expect(replies.map(replyOf)).toEqual(['aa1', 'bb2']);
  });

  test.each([
    ['1', 1],
    ['-6', -6],
    ['2.9', 2],
    ['-2.9', -2],
    ['1764444444123.75', 1_764_444_444_123],
    ["'text'", 'text'],
    ["''", ''],
    ["'\\0\\\\\"/\\195\\188'", '\0\\"/ü'],
    ['true', 1],
    ['false', null],
    ['nil', null],
    ['{}', []],
    ["{{'a', 'b'}, 'c', 0, false, {}}", [['a', 'b'], 'c', 0, null, []]],
  ])('returns %s as the script alone does', async (lua, reply) => {
    const redis = openRedis();
    const alone = await redis.eval(`return ${lua}`, 0);
    const [, text] = (await redis.eval(forMany(`return ${lua}`), 0, 2, 0, 0)) as string[];
    expect(alone).toEqual(reply);
    expect(replyOf(text as string)).toEqual(reply);
  });

  test('gives each run its own keys and arguments', async () => {
    const redis = openRedis();
    const calls = [
      ['k1', 'same', 'a', 1, 'same', Buffer.from('x')],
      ['k2', 'same', 'b', 1, 'same', Buffer.from('y')],
      ['k1', 'same', 'a', undefined, 'same', Buffer.from([0xff])],
    ];
    const all = argumentsOfAll(calls, 2);
    expect(all.length).toBeLessThan(calls.flat().length + 8);
    const lua = forMany(
      'return table.concat({KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], #ARGV[4], #KEYS, #ARGV}, " ")',
    );
    const replies = (await redis.eval(lua, 2, ...(all as string[]))) as string[];
    expect(replies.map(replyOf)).toEqual([
      'k1 same a 1 same 1 2 4',
      'k2 same b 1 same 1 2 4',
      'k1 same a  same 1 2 4',
    ]);
  });

  test('runs on after an error, and says whose it was', async () => {
    const lua = forMany('if ARGV[1] == "b" then return redis.call("NONSENSE") end return ARGV[1]');
    const all = argumentsOfAll([['a'], ['b'], ['c']], 0) as string[];
    const [a, b, c] = (await openRedis().eval(lua, 0, ...all)) as [string, unknown, string];
    expect([replyOf(a), replyOf(c)]).toEqual(['a', 'c']);
    expect(b).toBeInstanceOf(Error);
    expect(String(b)).toMatch(/Unknown Redis command/);
  });
});
