import { patiently } from '@latchkey/core';
import pg from 'pg';

/** Connections of one BullMQ object, one of which listens for jobs. */
const SIZE = 11;
/** Longest wait for one statement, in milliseconds; after it the connection counts as lost. */
const QUERY_TIMEOUT_MS = 15_000;
/** What pg says then; it gives no code. */
const READ_TIMEOUT = 'Query read timeout';
/** Longest wait for a new connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Silence on an idle connection after which the kernel asks whether the other side is still there, in milliseconds. */
const KEEP_ALIVE_MS = 10_000;
/** How long a process that leaves still waits for a database that is away, in milliseconds. */
const LEAVE_MS = 5_000;

/**
 * The pool that BullMQ gets on PostgreSQL. A statement waits while the database is away, and is sent again, as ioredis
 * does with its commands: BullMQ itself would fail the job whose completion met a broken connection.
 *
 * Sending again is safe: a job that was moved already isn't there to be moved, and one that was taken by a statement
 * whose answer was lost is delivered again when its lock is over.
 */
export class QueuePool {
  readonly options: { readonly keepAlive: true } = { keepAlive: true };
  readonly #pool: pg.Pool;
  #patientUntil = Number.POSITIVE_INFINITY;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      options: '-c search_path=bullmq',
      max: SIZE,
      query_timeout: QUERY_TIMEOUT_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.#pool.on('connect', (client) => {
      // one that breaks while on loan, between two queries: the next query says it
      client.on('error', () => undefined);
      tellOfSilence(client);
    });
  }

  /** Runs one statement, for as long as the database is away. */
  query(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return this.#patiently(() => this.#pool.query(text, values));
  }

  /** Lends a connection; once there is one. */
  connect(): Promise<pg.PoolClient> {
    return this.#patiently(() => this.#pool.connect());
  }

  /** Hears of idle connections that break. */
  on(event: 'error', listener: (error: Error) => void): this {
    this.#pool.on(event, listener);
    return this;
  }

  /** From now on nothing waits longer than 5 seconds for a database that is away. */
  leave(): void {
    this.#patientUntil = Math.min(this.#patientUntil, performance.now() + LEAVE_MS);
  }

  /** Closes the connections; whatever still waits fails. */
  async end(): Promise<void> {
    this.#patientUntil = 0;
    if (!this.#pool.ending) await this.#pool.end();
  }

  #patiently<T>(body: () => Promise<T>): Promise<T> {
    const over = new Error('the queue was closed; calling it after calling end on the pool is in vain');
    return patiently(body, () => (performance.now() < this.#patientUntil ? null : over));
  }
}

/** BullMQ keeps the connection on which it listens until that one breaks; one that doesn't answer must break, too. */
function tellOfSilence(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const watched = (...given: unknown[]): unknown => {
    const asked = query(...given);
    if (asked instanceof Promise) {
      asked.catch((error: Error) => {
        if (error.message === READ_TIMEOUT) client.emit('error', error);
      });
    }
    return asked;
  };
  client.query = watched as typeof client.query;
}
