import { type AnyAction, atMostOnce, Declined, defineAction, type Log } from '@latchkey/core';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Stage } from '../worker/setup/stage.ts';

/** What nobody is to find anywhere. */
export const SECRETS: readonly string[] = ['ada.secret@example.com', 'PIN-7731-9902', 'TOKEN-5150-result'];

/** A key of one byte repeated, as text of a ring. */
export function keyText(id: string, byte: number): string {
  return `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
}

/** Actions whose input, result and errors hold the secrets; `seen` lists what reached the effect. */
export function secretive(privacy: object): { action: AnyAction; seen: unknown[] } {
  const seen: unknown[] = [];
  const action = defineAction({
    name: 'ticket.create',
    input: z.object({ caseId: z.string(), fails: z.boolean(), email: z.string(), pin: z.string() }),
    key: ['caseId'],
    free: ['pin'],
    effect: atMostOnce({
      perform: async (given: { fails: boolean; email: string; pin: string }, ctx) => {
        seen.push(given);
        ctx.log.info({ intentId: ctx.intentId }, 'performing');
        if (given.fails) throw new Declined(`unknown: ${given.email} with ${given.pin}`);
        return { result: { token: 'TOKEN-5150-result' }, externalId: 'T-1' };
      },
    }),
    ...privacy,
  });
  return { action: action as AnyAction, seen };
}

/** A log whose lines are kept as text. */
export function linesOf(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = (fields: object, message?: string): void => {
    const { err, ...rest } = fields as { err?: Error };
    const error = err === undefined ? {} : { ...err, message: err.message, stack: err.stack };
    lines.push(JSON.stringify({ ...rest, error, message }));
  };
  return { log: { debug: write, info: write, warn: write, error: write }, lines };
}

/** Every row of every table of a stage's schema, as text. */
export async function everyRow({ query, settings }: Stage): Promise<string> {
  const tables = await tablesIn({ query }, settings.schema);
  return rowsOf(
    { query },
    tables.map((name) => `select t::text as row from "${settings.schema}"."${name}" t`),
  );
}

/** Everything that BullMQ keeps of a stage's queue, as text. */
export function everyJob(stage: Stage): Promise<string> {
  return stage.settings.queue === 'redis' ? inRedis(stage) : inPostgres(stage);
}

async function inPostgres({ query, settings }: Stage): Promise<string> {
  const tables = await tablesIn({ query }, 'bullmq', 'queue');
  const text = (name: string) =>
    `select t::text as row from bullmq."${name}" t where queue = '${settings.queueName}'`;
  return rowsOf({ query }, tables.map(text));
}

async function inRedis({ settings }: Stage): Promise<string> {
  const redis = new Redis(settings.redisUrl);
  try {
    const texts: string[] = [];
    for (const key of await redis.keys(`*${settings.queueName}*`)) {
      const type = await redis.type(key);
      if (type === 'hash') texts.push(JSON.stringify(await redis.hgetall(key)));
      if (type === 'stream') texts.push(JSON.stringify(await redis.xrange(key, '-', '+')));
      if (type === 'string') texts.push((await redis.get(key)) ?? '');
      if (type === 'list') texts.push(...(await redis.lrange(key, 0, -1)));
      if (type === 'zset') texts.push(...(await redis.zrange(key, '0', '-1')));
    }
    return texts.join('\n');
  } finally {
    redis.disconnect();
  }
}

type Asking = Pick<Stage, 'query'>;

/** Tables of a schema that have a column. */
async function tablesIn({ query }: Asking, schema: string, column = '%'): Promise<string[]> {
  const tables = await query<{ name: string }>(
    `select distinct table_name as name from information_schema.tables join information_schema.columns
       using (table_schema, table_name)
     where table_type = 'BASE TABLE' and table_schema = $1 and column_name like $2`,
    [schema, column],
  );
  return tables.map(({ name }) => name);
}

async function rowsOf({ query }: Asking, texts: readonly string[]): Promise<string> {
  const rows = await Promise.all(texts.map((text) => query<{ row: string }>(text)));
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}
