import pg from 'pg';
import { Durability } from './durability.ts';

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

/** Silence on an idle connection after which the kernel asks whether the other side is still there, in milliseconds. */
export const KEEP_ALIVE_MS = 10_000;

/**
 * A plan made while a table is empty is a sequential scan, and a prepared one keeps it; on these sessions every
 * statement looks rows up by key, so index plans are forced. A batch waits briefly for a row that a caller's open
 * transaction holds, so that one such row doesn't hold up its neighbours.
 */
export const SESSION_SETTINGS = `set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;
  set enable_memoize = off; set plan_cache_mode = force_generic_plan; set lock_timeout = '200ms';
  set client_min_messages = warning`;

/** One connection that serves the lanes, a batch at a time, with prepared statements. */
export class Session {
  readonly #client: pg.Client;
  readonly #durability: Durability;
  #lost = false;

  private constructor(client: pg.Client, queryTimeoutMs: number) {
    this.#client = client;
    this.#durability = new Durability(client, queryTimeoutMs);
    client.on('error', () => {
      this.#lost = true;
    });
    client.on('end', () => {
      this.#lost = true;
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
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    const session = new Session(client, options.queryTimeoutMs);
    await client.connect();
    try {
      await client.query(SESSION_SETTINGS);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** Runs a prepared statement that commits by itself; returns once it is durable. */
  async run<R extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<R[]> {
    const { rows } = await this.#client.query<R>({ name, text, values });
    await this.#durability.settle();
    return rows;
  }

  /** Returns once everything that this session saw is durable, whichever connection wrote it. */
  confirm(): Promise<void> {
    return this.#durability.confirm();
  }

  /** Drops the connection without waiting for what is on it. */
  close(): void {
    this.#lost = true;
    this.#client.end().catch(() => undefined);
  }
}
