import pg from 'pg';
import { LatchkeyError } from '../../errors.ts';

/** How a ledger reaches its database. */
export interface SessionOptions {
  readonly connectionString: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Longest wait for one batch, in milliseconds; after it the connection counts as lost. */
  readonly queryTimeoutMs: number;
}

/** Longest wait for a new connection, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;

/**
 * A plan made while a table is empty is a sequential scan, and a prepared one keeps it; on these sessions every
 * statement looks rows up by key, so index plans are forced. A batch waits briefly for a row that a caller's open
 * transaction holds, so that one such row doesn't hold up its neighbours.
 */
const SETTINGS = `set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;
  set plan_cache_mode = force_generic_plan; set lock_timeout = '200ms'; set client_min_messages = warning`;

/** What PostgreSQL says when a commit stopped waiting for its synchronous standby: it counts as not durable. */
const NOT_REPLICATED = /canceling (?:the )?wait for synchronous replication/i;

/** One connection that serves one slot of a lane, with prepared statements. */
export class Session {
  readonly #client: pg.Client;
  #lost = false;
  #notReplicated = false;

  private constructor(client: pg.Client) {
    this.#client = client;
    client.on('error', () => {
      this.#lost = true;
    });
    client.on('end', () => {
      this.#lost = true;
    });
    client.on('notice', (notice) => {
      if (NOT_REPLICATED.test(notice.message ?? '')) this.#notReplicated = true;
    });
  }

  /** Whether the connection is known to be gone. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Connects, and sets the session up. */
  static async open(options: SessionOptions): Promise<Session> {
    const client = new pg.Client({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: options.queryTimeoutMs,
      keepAlive: true,
    });
    const session = new Session(client);
    await client.connect();
    try {
      await client.query(SETTINGS);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /**
   * Runs a prepared statement that commits by itself.
   *
   * @throws {LatchkeyError} `NOT_DURABLE` when it committed without its synchronous standby.
   */
  async run<R extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<R[]> {
    this.#notReplicated = false;
    const { rows } = await this.#client.query<R>({ name, text, values });
    if (this.#notReplicated) {
      throw new LatchkeyError('NOT_DURABLE', 'a commit stopped waiting for its synchronous standby');
    }
    return rows;
  }

  /** Drops the connection without waiting for what is on it. */
  close(): void {
    this.#lost = true;
    this.#client.end().catch(() => undefined);
  }
}
