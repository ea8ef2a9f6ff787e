import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@latchkey/examples/servers';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { exists, startParent } from './start-parent.ts';

const isRoot = process.geteuid?.() === 0;
const patience = { timeout: 20_000, interval: 50 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'latchkey test '));
  await chmod(folder, 0o711);
});

afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function start(...options: Parameters<typeof startEmbeddedPostgres>): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(...options);
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function query(url: string, text: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('startEmbeddedPostgres', () => {
  it('serves UTF-8 databases, durably, on the loopback address', async () => {
    const { url } = await start();
    const settings = ['server_encoding', 'fsync', 'listen_addresses', 'unix_socket_directories', 'timezone'];
    const shown = await query(url, `select ${settings.map((name) => `current_setting('${name}')`)}`);
    expect(shown).toEqual([['UTF8', 'on', '127.0.0.1', '', 'UTC']]);
  });

  it('asks for the password, which only its owner can read', async () => {
    const { url, dataDir } = await start();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(path.join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(dataDir, 'cluster')).mode & 0o777).toBe(0o700);
  });

  it('removes a temporary folder when stopped, also when stopped twice', async () => {
    const { dataDir, pid, stop } = await start();
    await Promise.all([stop(), stop()]);
    expect(existsSync(dataDir)).toBe(false);
    expect(existsSync(`${dataDir}.lock`)).toBe(false);
    await vi.waitFor(() => expect(exists(pid)).toBe(false), patience);
  });

  it('finds its rows and its password again in a kept folder whose path has a space', async () => {
    const dataDir = path.join(folder, 'a folder', 'postgres');
    const first = await start({ dataDir });
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start({ dataDir });
    expect(await query(second.url, 'select answer from kept')).toEqual([[42]]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
  });

  it('keeps committed rows through a crash', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await first.crash();
    await expect(query(first.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const second = await start({ dataDir: first.dataDir });
    expect(await query(second.url, 'select answer from kept')).toEqual([[42]]);
    await first.stop();
    expect(await query(second.url, 'select 1')).toEqual([[1]]);
    await second.stop();
    expect(existsSync(first.dataDir)).toBe(false);
  });

  it('starts one server for two that start it at once, until both have stopped', async () => {
    const dataDir = path.join(folder, 'shared');
    const [ours, theirs] = await Promise.all([start({ dataDir }), startParent('postgres', dataDir)]);
    expect(theirs.pid).toBe(ours.pid);
    await ours.stop();
    expect(await query(theirs.url, 'select 1')).toEqual([[1]]);
    await theirs.kill();
    await vi.waitFor(() => expect(exists(theirs.pid)).toBe(false), patience);
  });

  it('ends with a parent that was killed, and leaves no temporary folder', async () => {
    const parent = await startParent('postgres');
    await query(parent.url, 'select 1');
    await parent.kill();
    await vi.waitFor(() => {
      expect(exists(parent.pid)).toBe(false);
      expect(existsSync(parent.folder ?? '')).toBe(false);
    }, patience);
  });

  it('says what the server said when it does not start', async () => {
    const start = startEmbeddedPostgres({
      dataDir: path.join(folder, 'wrong'),
      flags: ['-c', 'fsync=perhaps'],
    });
    await expect(start).rejects.toThrow(/did not start.*"fsync" requires a Boolean value/s);
  });

  it.runIf(isRoot)('works for root in a folder that nobody else may enter', async () => {
    const secret = path.join(folder, 'home');
    await mkdir(secret, { mode: 0o700 });
    const options = { dataDir: path.join(secret, 'postgres'), name: 'latchkey-test' };
    const first = await start(options);
    onTestFinished(() => rm(first.dataDir, { recursive: true, force: true }));
    expect(first.dataDir.startsWith(secret)).toBe(false);
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start(options);
    expect(await query(second.url, 'select answer from kept')).toEqual([[42]]);
    await second.stop();
  });
});
