import { checkReachable } from '../config/check-reachable.ts';
import type { QueueKind } from './queue-backend.ts';
import { checkQueueTables, migrateQueue } from './queue-tables.ts';

/**
 * Sees to it that a process can start: both places can be reached, and BullMQ's tables are there where it needs any.
 *
 * @throws {Unreachable}, {SchemaMismatch} with the way out.
 */
export async function prepareStart(
  places: { readonly kind: QueueKind; readonly databaseUrl: string; readonly redisUrl?: string | undefined },
  migrate: boolean,
): Promise<void> {
  const { kind, databaseUrl, redisUrl } = places;
  await checkReachable({ databaseUrl, redisUrl: kind === 'redis' ? redisUrl : undefined });
  if (kind === 'redis') return;
  if (migrate) await migrateQueue(databaseUrl);
  else await checkQueueTables(databaseUrl);
}
