import type { Log } from '@latchkey/core';
import { pino } from 'pino';
import { type Client, connect } from '../client/connect.ts';
import { type Environment, type Flags, readEnvironment } from '../config/read-environment.ts';

/** Settings that an operator's commands use. */
export const OPERATOR_SETTINGS = [
  'databaseUrl',
  'redisUrl',
  'queue',
  'queueName',
  'prefix',
  'schema',
] as const;

/** A log that leaves standard output to what a command prints, and speaks only of trouble unless asked. */
export function quietLog({ logLevel }: Pick<Environment, 'logLevel'>): Log {
  const level = logLevel === 'info' ? 'warn' : logLevel;
  return pino({ name: 'latchkey', level }, pino.destination({ fd: 2, sync: true }));
}

/** Connects as an operator, who needs no actions, for as long as `work` takes. */
export async function asOperator<T>(
  env: NodeJS.ProcessEnv,
  flags: Flags,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { logLevel, ...settings } = readEnvironment(env, flags);
  const client = await connect({ ...settings, actions: [], log: quietLog({ logLevel }) });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
