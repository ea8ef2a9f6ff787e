import { Redis } from 'ioredis';

const connectTimeoutMs = 3_000;

/**
 * Asks a Redis or Valkey server whether it is there.
 *
 * @throws Error with the system's reason when it cannot be reached or does not accept us
 */
export async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  client.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw reason ?? error; // "Connection is closed." hides the reason
  } finally {
    client.disconnect();
  }
}
