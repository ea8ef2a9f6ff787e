import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { duplicatesIn, readEffects } from '../oracle/effects.ts';
import { type RunningRemote, startRemote } from './start-remote.ts';

const folderFor = () => mkdtempDisposable(join(tmpdir(), 'start-remote-'));

async function record(remote: RunningRemote, key: string): Promise<string> {
  const body = JSON.stringify({ action: 'note', key });
  const response = await fetch(`${remote.url}/effects`, { method: 'POST', body });
  await response.text();
  return key;
}

function connecting(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve('connected');
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.message));
  });
}

test('tells what a remote said when it ends before it listens', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'log.jsonl');
  const faults = JSON.parse('{"refuze":1}');
  await expect(startRemote('site', { logFile, faults })).rejects.toMatchObject({
    code: 'REMOTE_NOT_STARTED',
    message: expect.stringMatching(/^site ended \(exit code 1\) before it listened\nsite: faults: .*refuze/s),
  });
  await writeFile(logFile, 'not a log\n');
  await expect(startRemote('mailbox', { logFile })).rejects.toThrow('log.jsonl:1 is not a line');
});

test('tells that a port is taken', async () => {
  await using folder = await folderFor();
  await using first = await startRemote('site', { logFile: join(folder.path, 'first.jsonl') });
  const second = (kind: 'site' | 'mailbox') =>
    startRemote(kind, { logFile: join(folder.path, 'second.jsonl'), port: first.port });
  await expect(second('site')).rejects.toThrow('EADDRINUSE');
  await expect(second('mailbox')).rejects.toThrow('EADDRINUSE');
});

test('leaves a readable log, with all that was answered, when it is killed under load', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'log.jsonl');
  const remote = await startRemote('effect-recorder', { logFile });
  const calls = Array.from({ length: 400 }, (_, n) => record(remote, `K-${n}`));
  const ended = Promise.allSettled(calls);
  await calls[100];
  await remote.kill();
  const answered = (await ended).filter((call) => call.status === 'fulfilled');
  const effects = await readEffects(logFile);
  const keys = new Set(effects.map(({ detail }) => (detail.input as { key: string }).key));
  expect(answered.map((call) => call.value).filter((key) => !keys.has(key))).toEqual([]);
  expect(duplicatesIn(effects)).toEqual(new Map());
  expect(answered.length).toBeGreaterThan(0);

  await using again = await startRemote('effect-recorder', { logFile });
  await record(again, 'K-after');
  expect(await readEffects(logFile)).toHaveLength(effects.length + 1);
});

test('finishes what is under way when it is stopped', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'log.jsonl');
  const remote = await startRemote('effect-recorder', { logFile, faults: { slowMs: 300 } });
  const call = record(remote, 'K-1');
  await expect.poll(async () => (await remote.stats()).faults.slowMs).toBe(1);
  await remote.stop();
  expect(await call).toBe('K-1');
  expect(await readEffects(logFile)).toHaveLength(1);
});

test('ends when its parent is killed', async () => {
  await using folder = await folderFor();
  const module = new URL('./start-remote.ts', import.meta.url).href;
  const options = JSON.stringify({ logFile: join(folder.path, 'log.jsonl') });
  const script = `import { startRemote } from '${module}';
    const remote = await startRemote('site', ${options});
    console.log(remote.port);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  const connection = connect(Number(port), '127.0.0.1').resume();
  await once(connection, 'connect');
  const closed = new Promise((resolve) => connection.on('error', resolve).on('close', resolve));
  parent.kill('SIGKILL');
  await closed;
  // Its port is given back a moment after its connections.
  await expect.poll(() => connecting(Number(port))).toContain('ECONNREFUSED');
});
