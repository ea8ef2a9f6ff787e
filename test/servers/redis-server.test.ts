import { type RunningRedis, startRedis } from '@latchkey/examples/servers';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { exists, startParent } from './start-parent.ts';

const patience = { timeout: 20_000, interval: 50 };

async function start(...options: Parameters<typeof startRedis>): Promise<RunningRedis> {
  const redis = await startRedis(...options);
  onTestFinished(() => redis.stop());
  return redis;
}

function connect(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

// An empty url: not that of the environment.
const own = { url: '' };

describe('startRedis', () => {
  it('starts a server of its own that evicts nothing', async () => {
    const { url, pid, source } = await start(own);
    expect(await connect(url).config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(pid).toBeGreaterThan(0);
    expect(['path', 'debian']).toContain(source);
  });

  it('asks for the password', async () => {
    const { url } = await start(own);
    const { host } = new URL(url);
    await expect(connect(`redis://${host}`).get('key')).rejects.toThrow('NOAUTH');
  });

  it('starts two at once that know nothing of each other', async () => {
    const [one, other] = await Promise.all([start(own), start(own)]);
    await connect(one.url).set('key', 'value');
    expect(await connect(other.url).get('key')).toBeNull();
  });

  it('loses everything in a crash unless told to keep it', async () => {
    const forgetful = await start(own);
    const careful = await start({ ...own, flags: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const found = [];
    for (const redis of [forgetful, careful]) {
      const { url, pid } = redis;
      await connect(url).set('key', 'value');
      await redis.kill();
      await redis.restart();
      expect([redis.url, redis.pid === pid]).toEqual([url, false]);
      found.push(await connect(url).get('key'));
    }
    expect(found).toEqual([null, 'value']);
  });

  it('uses the server that it is told, and never ends it', async () => {
    const { url } = await start(own);
    const named = await start({ url });
    expect(named).toMatchObject({ url, pid: undefined, source: 'url' });
    await expect(named.kill()).rejects.toThrow('not started here');
    await named.stop();
    expect(await connect(url).ping()).toBe('PONG');
  });

  it('refuses to start when the server that it is told cannot be reached, and hides the password', async () => {
    const attempt = startRedis({ url: 'redis://:secret@127.0.0.1:1' });
    await expect(attempt).rejects.toThrow(/REDIS_URL names 127\.0\.0\.1:1, .*ECONNREFUSED.*unset REDIS_URL/);
    await expect(attempt).rejects.not.toThrow('secret');
  });

  it('ends with a parent that was killed', async () => {
    const parent = await startParent('redis');
    await parent.kill();
    await vi.waitFor(() => expect(exists(parent.pid)).toBe(false), patience);
  });
});
