import type { QueueKind } from '../queue/queue-backend.ts';

/** Of the statements that are sent all the time, and of everything rare; the ledger's own. */
const LEDGER = 14 + 8;
/** Connections of one BullMQ object on PostgreSQL, and the one that it listens on. */
const QUEUE = 10 + 1;

/** Connections to PostgreSQL that one process may open; it opens each when it first needs it. */
export function connectionsNeeded(process: {
  readonly kind: QueueKind;
  readonly poolSize: number;
  readonly isWorker: boolean;
}): number {
  const queues = process.kind === 'postgres' ? (process.isWorker ? 2 : 1) : 0;
  return LEDGER + process.poolSize + queues * QUEUE;
}
