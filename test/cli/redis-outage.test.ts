import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../packages/examples/src/servers/index.ts';
import { openStage } from '../worker/setup/stage.ts';
import { type LogLine, startCli } from './setup/cli-process.ts';
import { startHeldRemote } from './setup/held-remote.ts';
import { variablesOf } from './setup/variables.ts';

/** Long enough for each connection to try about seven times. */
const AWAY_MS = 4_000;

let redis: RunningRedis;
beforeAll(async () => {
  redis = await startRedis({ url: '' }); // never the one that the environment names: this file kills it
});
afterAll(() => redis.stop());

test('a worker says once that Redis is away, and where, and once that it is back; jobs go on', async () => {
  await using stage = await openStage('redis', { redisUrl: redis.url });
  await using remote = await startHeldRemote();
  remote.release();
  // a sweep that meets the outage says so too, which is not what this is about
  const env = variablesOf(stage.settings, { REMOTE_URL: remote.url, LATCHKEY_SWEEP_MS: '600000' });
  await using cli = startCli(['worker', '--actions', './actions.ts'], env);
  await cli.logged('worker started');
  const { host, password } = new URL(redis.url);
  const at = `Redis at redis://:***@${host}`;
  for (let outage = 0; outage < 2; outage += 1) {
    await redis.kill();
    await sleep(AWAY_MS);
    await redis.restart();
    expect(await cli.logged(`${at} is back; jobs go on`)).toMatchObject({ level: 30 });
  }
  const caseId = randomUUID();
  await stage.openQueue().add('cli.keyed', { caseId });
  await remote.got(`/keyed/${caseId}`);
  cli.signal('SIGTERM');
  const { code, stdout, stderr } = await cli.ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).not.toContain(password);
  const lines = stdout.split('\n').map((line) => JSON.parse(line) as LogLine);
  const since = lines.findIndex(({ msg }) => msg === 'worker started');
  const warnings = lines.slice(since).filter(({ level }) => Number(level) > 30);
  const away = expect.stringMatching(/^Redis at \S+ is away \(.*ECONN[A-Z]+.*\); jobs wait until it is back/);
  expect(warnings.map(({ msg }) => msg)).toEqual([away, away]);
  expect(warnings.filter(({ msg, err }) => !msg.startsWith(at) || err !== undefined)).toEqual([]);
});
