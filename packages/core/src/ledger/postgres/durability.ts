import type pg from 'pg';

/** Where and how PostgreSQL says that a commit stopped waiting for its synchronous standby; the routine isn't translated. */
const ROUTINE = 'SyncRepWaitForLSN';
const NOT_REPLICATED = /canceling (?:the )?wait for synchronous replication/i;

/** Writes a log record that means nothing; its commit waits for the standby as any other does. */
const BARRIER = "select pg_logical_emit_message(true, 'latchkey', '')";

/** A query with a limit of its own, which pg knows and its types don't. */
export type TimedQuery = pg.QueryConfig & { readonly query_timeout: number };

/**
 * Watches one connection's commits. A commit whose wait for the synchronous standby was cancelled answers success
 * with a warning: it is seen by everybody, but a failover may lose it, so that no effect may start on it. Nor may one
 * start on what a lost connection left behind, since that connection may have gone in the same way.
 *
 * The log is replicated in order: once a later commit is acknowledged without a warning, all earlier ones are durable.
 */
export class Durability {
  readonly #client: pg.ClientBase;
  readonly #timeoutMs: number;
  #doubtful = false;

  constructor(client: pg.ClientBase, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    client.on('notice', (notice) => {
      if (notice.routine === ROUTINE || NOT_REPLICATED.test(notice.message ?? '')) this.#doubtful = true;
    });
  }

  /** After a commit on this connection: returns once it is durable. */
  async settle(): Promise<void> {
    if (this.#doubtful) await this.confirm();
  }

  /** Returns once everything that is visible now is durable. */
  async confirm(): Promise<void> {
    const barrier: TimedQuery = { text: BARRIER, query_timeout: this.#timeoutMs };
    do {
      this.#doubtful = false;
      await this.#client.query(barrier);
    } while (this.#doubtful);
  }
}
