import { ledgerConnections } from '@latchkey/core';
import type { QueueKind } from '../queue/queue-backend.ts';

/** Connections of one BullMQ object on PostgreSQL, and the one that it listens on. */
const QUEUE = 10 + 1;

/** Connections to PostgreSQL that one process may open; it opens each when it first needs it. */
export function connectionsNeeded(process: {
  readonly kind: QueueKind;
  readonly poolSize: number;
  readonly isWorker: boolean;
}): number {
  const queues = process.kind === 'postgres' ? (process.isWorker ? 2 : 1) : 0;
  return ledgerConnections(process.poolSize) + queues * QUEUE;
}
