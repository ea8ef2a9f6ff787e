import { LANE_CONNECTIONS, type OnBatch } from './lanes.ts';

/** Connections of the pool unless told. */
export const POOL_SIZE = 10;
/** Connections for what is rare: sweeps, doubts, people's decisions, reading. */
export const RARE_CONNECTIONS = 8;

/** Connections to PostgreSQL that a ledger with a pool of `poolSize` may open; each is made when first needed. */
export function ledgerConnections(poolSize: number): number {
  return LANE_CONNECTIONS + RARE_CONNECTIONS + poolSize;
}

/** How a ledger is opened. */
export interface PostgresLedgerOptions {
  /** `postgres://user:password@host:port/database`; a direct connection, since sessions keep prepared statements. */
  readonly databaseUrl: string;
  /** Schema of the tables; default `latchkey`. */
  readonly schema?: string;
  /** Migrates before it checks the schema; default `false`, so that no worker changes tables by surprise. */
  readonly migrate?: boolean;
  /** Shown in pg_stat_activity; default `latchkey`. */
  readonly applicationName?: string;
  /**
   * Transactional effects at once, each on a connection of its own; default 10. What is rare shares 8 more, and
   * batches have theirs, 17 at most; all are made when first needed.
   */
  readonly poolSize?: number;
  /** Longest wait for one statement, in milliseconds; after it the connection counts as lost. Default 15,000. */
  readonly queryTimeoutMs?: number;
  /** Told of each group commit, for metrics; default: nobody. */
  readonly onBatch?: OnBatch;
}
