import { Redis } from 'ioredis';
import type { Stage } from '../../../worker/setup/stage.ts';
import type { LoadedIntent } from '../../load.ts';

/** Takes the lock of a job away from the worker that has it, as a long stall would. */
export async function loseLock(stage: Stage, { handle }: LoadedIntent): Promise<void> {
  const { queue, queueName } = stage.settings;
  if (queue === 'redis') {
    await withRedis(stage, (redis) => redis.del(`bull:${queueName}:${handle.id}:lock`));
    return;
  }
  await stage.query(
    `update bullmq.job set lock_token = 'somebody else', locked_until_ms = 0 where queue = $1 and id = $2`,
    [queueName, handle.id],
  );
}

/** Removes a job that a worker is at. */
export async function removeJob(stage: Stage, { handle }: LoadedIntent): Promise<void> {
  const { queue, queueName } = stage.settings;
  if (queue === 'redis') {
    await withRedis(stage, (redis) =>
      redis
        .multi()
        .del(`bull:${queueName}:${handle.id}`, `bull:${queueName}:${handle.id}:lock`)
        .lrem(`bull:${queueName}:active`, 0, handle.id)
        .exec(),
    );
    return;
  }
  await stage.query('delete from bullmq.job where queue = $1 and id = $2', [queueName, handle.id]);
}

async function withRedis(stage: Stage, body: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(stage.settings.redisUrl);
  try {
    await body(redis);
  } finally {
    redis.disconnect();
  }
}
