import { type AnyAction, atMostOnce, Declined, defineAction, type Log } from '@latchkey/core';
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

/** Every row of every table of a stage's schema, and of BullMQ's on PostgreSQL, as text. */
export async function everyRow({ query, settings }: Stage): Promise<string> {
  const tables = await query<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema in ($1, 'bullmq')`,
    [settings.schema],
  );
  const rows = await Promise.all(
    tables.map(({ schema, name }) =>
      query<{ row: string }>(`select t::text as row from "${schema}"."${name}" t`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}
