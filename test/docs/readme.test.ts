import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { countEffects, readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { startRemote } from '../../packages/examples/src/remotes/start-remote.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../packages/examples/src/servers/index.ts';

const run = promisify(execFile);
let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  // below the checkout, so that the example's imports find the packages
  const parent = fileURLToPath(new URL('./.tmp/', import.meta.url));
  await mkdir(parent, { recursive: true });
  folder = await mkdtemp(join(parent, 'readme-'));
  // the shared one has fsync off, which the example doesn't accept
  postgres = await startEmbeddedPostgres({ name: 'latchkey-readme-postgres' });
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the example in the README runs as it stands: one ticket, two answers, drift named', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const example = /<!-- example: .*?-->\n```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(25);
  const file = join(folder, 'example.ts');
  await writeFile(file, example);
  const logFile = join(await mkdtemp(join(inject('folder'), 'desk-')), 'effects.jsonl');
  await using desk = await startRemote('ticket-desk', { logFile });

  const { stdout } = await run(process.execPath, ['--conditions=@latchkey/source', file], {
    env: { ...process.env, DATABASE_URL: postgres.url, DESK_URL: desk.url, NODE_ENV: 'production' },
    timeout: 50_000,
  });

  expect([...countEffects(await readEffects(logFile)).values()]).toEqual([1]);
  expect(stdout).toMatch(/status: 'succeeded'[\s\S]*replayed: false/);
  expect(stdout).toMatch(/status: 'succeeded'[\s\S]*replayed: true[\s\S]*drift: \[ 'body' \]/);
});
