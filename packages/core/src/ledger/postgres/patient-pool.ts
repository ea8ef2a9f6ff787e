import pg from 'pg';
import { Durability, type TimedQuery } from './durability.ts';
import { ledgerClosed } from './ledger-closed.ts';
import { patiently } from './patiently.ts';
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_MS, type SessionOptions } from './session.ts';
import { sortDatabaseError } from './sort-database-error.ts';

/** A connection on loan, and what watches its commits. */
export interface Loan {
  readonly client: pg.PoolClient;
  readonly durability: Durability;
}

/** Longest wait for what is under way when the pool is closed, in milliseconds. */
const CLOSE_MS = 5_000;

/** Connections for everything but the lanes; what is safe to send again waits here for as long as the database is away. */
export class PatientPool {
  readonly pool: pg.Pool;
  readonly queryTimeoutMs: number;
  readonly #watched = new WeakMap<pg.PoolClient, Durability>();
  readonly #onLoan = new Set<pg.PoolClient>();

  constructor(options: SessionOptions & { readonly size: number }) {
    this.queryTimeoutMs = options.queryTimeoutMs;
    this.pool = new pg.Pool({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      max: options.size,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.pool.on('error', () => undefined); // an idle connection broke; the next query opens another
    this.pool.on('acquire', (client) => this.#onLoan.add(client));
    this.pool.on('release', (_error, client) => this.#onLoan.delete(client));
    this.pool.on('connect', (client) => {
      // one that breaks while on loan, between two queries: the next query says it
      client.on('error', () => undefined);
      this.#watched.set(client, new Durability(client, options.queryTimeoutMs));
    });
  }

  /** Closes all connections; one that is still on loan after 5 seconds, since nobody answers on it, is cut off. */
  async close(): Promise<void> {
    const cutOff = setTimeout(() => {
      for (const client of this.#onLoan) client.end().catch(() => undefined);
    }, CLOSE_MS);
    try {
      if (!this.pool.ending) await this.pool.end();
    } finally {
      clearTimeout(cutOff);
    }
  }

  /** Lends a connection; give it back with `client.release(broken)`. */
  async lend(): Promise<Loan> {
    const client = await this.pool.connect();
    const durability = this.#watched.get(client) ?? new Durability(client, this.queryTimeoutMs);
    return { client, durability };
  }

  /** Runs one statement that is safe to send again; after `queryTimeoutMs` its connection counts as lost. */
  rows<R>(text: string, values: readonly unknown[]): Promise<R[]> {
    const query: TimedQuery = { text, values: [...values], query_timeout: this.queryTimeoutMs };
    return this.patiently(async ({ client }) => (await client.query(query)).rows as R[]);
  }

  /**
   * Runs `body` on a connection, again and again for as long as the database is away; what it returns is durable.
   * A later try gets the moment of the first, on the monotonic clock.
   *
   * @throws what the database says about the statement itself; `LEDGER_CLOSED` once the pool is closed.
   */
  patiently<T>(body: (loan: Loan, firstTry: number | null) => Promise<T>): Promise<T> {
    const firstTry = performance.now();
    return patiently(
      (failures) => this.#once(body, failures === 0 ? null : firstTry),
      () => (this.pool.ending ? ledgerClosed() : null),
    );
  }

  /** What an earlier try left behind may be all that a later one finds, so that it is confirmed. */
  async #once<T>(
    body: (loan: Loan, firstTry: number | null) => Promise<T>,
    firstTry: number | null,
  ): Promise<T> {
    const loan = await this.lend();
    let broken = false;
    try {
      const result = await body(loan, firstTry);
      await (firstTry !== null ? loan.durability.confirm() : loan.durability.settle());
      return result;
    } catch (error) {
      broken = sortDatabaseError(error) === 'connection';
      throw error;
    } finally {
      loan.client.release(broken);
    }
  }
}
