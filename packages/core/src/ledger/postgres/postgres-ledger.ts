import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { IntentUnknown } from '../../errors.ts';
import type {
  CallersTransaction,
  Claimed,
  ClaimWish,
  Decision,
  Ending,
  Ledger,
  OpenIntent,
  Recorded,
  Submission,
  Submitted,
  Succeeded,
  SweepCursor,
  Transacted,
  TransactionEnd,
} from '../ledger.ts';
import type { HistoryEntry, IntentRecord } from '../record.ts';
import { exclusively } from './exclusively.ts';
import { closeLanes, type Lanes, openLanes } from './lanes.ts';
import { checkSchema, migrate } from './migrate.ts';
import { finishedRecord, newRecord } from './new-record.ts';
import { openIntents } from './open-intents.ts';
import { type RecordRow, toRecord } from './record-row.ts';
import { CONNECT_TIMEOUT_MS, Session } from './session.ts';
import { sortDatabaseError } from './sort-database-error.ts';
import { claimedOrInDoubt, endAttemptText, inDoubt } from './statements/end-attempt.ts';
import { findText } from './statements/find.ts';
import { purgeStragglersText, purgeText } from './statements/purge.ts';
import { replayText } from './statements/replay.ts';
import { takeOverText } from './statements/take-over.ts';
import { readStory } from './story-rows.ts';
import { submitInTransaction, submitWithPreviousIds } from './submit-in-transaction.ts';
import { DEFAULT_SCHEMA, type Tables, tablesOf } from './tables.ts';
import { transact } from './transact.ts';

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
  /** Connections for transactional effects and everything rare; default 10. The lanes have their own, 14 at most. */
  readonly poolSize?: number;
  /** Longest wait for one statement, in milliseconds; after it the connection counts as lost. Default 15,000. */
  readonly queryTimeoutMs?: number;
}

/** The ledger in PostgreSQL; every change is durable when its promise settles. */
export class PostgresLedger implements Ledger {
  readonly #db: Kysely<unknown>;
  readonly #pool: pg.Pool;
  readonly #lanes: Lanes;
  readonly #tables: Tables;

  private constructor(pool: pg.Pool, lanes: Lanes, tables: Tables) {
    this.#pool = pool;
    this.#db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    this.#lanes = lanes;
    this.#tables = tables;
  }

  /**
   * Connects, and checks the schema's version.
   *
   * @throws {SchemaMismatch} when the tables are missing, older or newer; connection errors as pg throws them.
   */
  static async open(options: PostgresLedgerOptions): Promise<PostgresLedger> {
    const {
      databaseUrl,
      schema = DEFAULT_SCHEMA,
      applicationName = 'latchkey',
      queryTimeoutMs = 15_000,
    } = options;
    const tables = tablesOf(schema);
    if (options.migrate) await migrate({ connectionString: databaseUrl, schema });
    const pool = new pg.Pool({
      connectionString: databaseUrl,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      max: options.poolSize ?? 10,
      keepAlive: true,
    });
    pool.on('error', () => undefined); // an idle connection broke; the next query opens another
    try {
      await checkSchema(pool, schema);
    } catch (error) {
      await pool.end();
      throw error;
    }
    const connect = () => Session.open({ connectionString: databaseUrl, applicationName, queryTimeoutMs });
    return new PostgresLedger(pool, openLanes(tables, connect), tables);
  }

  /** Kysely on the ledger's own pool, for reading. */
  get db(): Kysely<unknown> {
    return this.#db;
  }

  async submit(submission: Submission, tx?: CallersTransaction): Promise<Submitted> {
    if (tx !== undefined) return submitInTransaction(this.#tables, tx, submission);
    if (submission.previousIds.length > 0) return submitWithPreviousIds(this.#db, this.#tables, submission);
    const createdMs = await this.#lanes.submit.push(submission);
    if (createdMs !== undefined) return { created: true, record: newRecord(submission, createdMs) };
    return { created: false, record: await this.#get(submission.id) };
  }

  async admit(submission: Submission, wish: ClaimWish): Promise<Claimed> {
    if (submission.previousIds.length > 0) {
      const { record } = await this.submit(submission);
      return this.claim({ ...wish, id: record.id });
    }
    const createdMs = await this.#lanes.admit.push({ submission, wish });
    if (createdMs === undefined) return this.claim(wish);
    return { kind: 'claimed', record: newRecord(submission, createdMs, wish) };
  }

  async claim(wish: ClaimWish): Promise<Claimed> {
    const row = await this.#lanes.claim.push(wish);
    if (row === undefined) return { kind: 'missing' };
    return this.#claimedOrFound(row.record, wish, row.mine);
  }

  async takeOver(wish: ClaimWish, token: number): Promise<Claimed> {
    const values = [wish.id, token, wish.claimant, wish.kind, wish.leaseMs];
    const rows = await this.#rows<RecordRow>(takeOverText(this.#tables), values);
    if (rows[0]) return { kind: 'claimed', record: toRecord(rows[0]) };
    const record = await this.find(wish.id);
    return record === null ? { kind: 'missing' } : this.#claimedOrFound(record, wish, false);
  }

  renew(id: string, token: number, leaseMs: number): Promise<boolean> {
    return this.#lanes.renew.push({ id, token, leaseMs });
  }

  async record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    const { id, token } = held;
    if (ending.state === 'succeeded' || ending.state === 'failed') {
      const finishedMs = await this.#lanes.record.push({ id, token, ending });
      if (finishedMs !== undefined)
        return { kind: 'recorded', record: finishedRecord(held, ending, finishedMs) };
    }
    // rare: not final, or the token isn't current, or a doubt is healed, or an acknowledgement was lost
    return this.#end(id, token, ending, { from: claimedOrInDoubt, event: eventOf(ending) });
  }

  transact(
    held: IntentRecord,
    deadlineMs: number,
    perform: (tx: Transaction<unknown>) => Promise<Succeeded>,
  ): Promise<Transacted> {
    return transact(
      { db: this.#db, tables: this.#tables, read: (id) => this.#get(id) },
      held,
      deadlineMs,
      perform,
    );
  }

  expireLease(
    id: string,
    token: number,
    ending: Ending & { state: 'in_doubt' | 'failed' },
  ): Promise<Recorded> {
    return this.#end(id, token, ending, { from: ['claimed'], event: eventOf(ending), expiredOnly: true });
  }

  settle(id: string, token: number, ending: Ending, decision: Decision): Promise<Recorded> {
    const asked = ending.state === 'in_doubt';
    return this.#end(id, token, ending, {
      from: inDoubt,
      event: asked ? 'asked' : `settled_${ending.state}`,
      decision,
      asked,
    });
  }

  async replay(id: string, token: number, decision: Decision): Promise<Recorded> {
    const detail = JSON.stringify({ reason: decision.reason });
    const rows = await this.#rows<RecordRow>(replayText(this.#tables), [id, token, decision.by, detail]);
    return rows[0]
      ? { kind: 'recorded', record: toRecord(rows[0]) }
      : { kind: 'stale', record: await this.#get(id) };
  }

  async note(
    id: string,
    entry: { event: string; attempt: number; actor: string; detail?: object },
  ): Promise<void> {
    const detail = entry.detail === undefined ? null : JSON.stringify(entry.detail);
    await this.#rows(
      `insert into ${this.#tables.history} (intent_id, event, attempt, actor, detail) values ($1, $2, $3, $4, $5)`,
      [id, entry.event, entry.attempt, entry.actor, detail],
    );
  }

  async endsOf(transactions: readonly string[]): Promise<ReadonlyMap<string, TransactionEnd>> {
    const rows = await this.#rows<{ xid: string; state: TransactionEnd | null }>(
      'select t.xid, pg_xact_status(t.xid::xid8) as state from unnest($1::text[]) as t (xid)',
      [transactions],
    );
    return new Map(rows.flatMap(({ xid, state }) => (state === null ? [] : [[xid, state] as const])));
  }

  async find(id: string): Promise<IntentRecord | null> {
    return (await this.findMany([id])).get(id) ?? null;
  }

  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, IntentRecord>> {
    const rows = await this.#rows<RecordRow & { asked_id: string }>(findText(this.#tables), [ids]);
    return new Map(rows.map((row) => [row.asked_id, toRecord(row)]));
  }

  story(id: string): Promise<HistoryEntry[]> {
    return readStory(this.#db, this.#tables, id);
  }

  open(
    action: string,
    after: SweepCursor | null,
    limit: number,
  ): Promise<{ intents: OpenIntent[]; next: SweepCursor | null }> {
    return openIntents(this.#db, this.#tables, { action, after, limit });
  }

  async purge(action: string, limit: number): Promise<number> {
    const page = await this.#rows<{ purged: number }>(purgeText(this.#tables), [action, limit]);
    const late = await this.#rows<{ purged: number }>(purgeStragglersText(this.#tables), [action, limit]);
    return (page[0]?.purged ?? 0) + (late[0]?.purged ?? 0);
  }

  exclusively(name: string, body: () => Promise<void>): Promise<boolean> {
    return exclusively(this.#pool, `latchkey ${this.#tables.schema} ${name}`, body);
  }

  async close(): Promise<void> {
    closeLanes(this.#lanes);
    await this.#db.destroy();
    if (!this.#pool.ending) await this.#pool.end(); // Kysely ends only a pool that it has used
  }

  /** A claim whose acknowledgement was lost shows up as claimed by its own, unique claimant: it is ours. */
  #claimedOrFound(record: IntentRecord, wish: ClaimWish, mine: boolean): Claimed {
    const ours = mine || (record.state === 'claimed' && record.claimant === wish.claimant);
    return { kind: ours ? 'claimed' : 'found', record };
  }

  async #end(
    id: string,
    token: number,
    ending: Ending,
    how: {
      from: readonly ('claimed' | 'in_doubt')[];
      event: string;
      expiredOnly?: boolean;
      asked?: boolean;
      decision?: Decision;
    },
  ): Promise<Recorded> {
    const done = ending.state === 'succeeded' ? ending : null;
    const error = ending.state === 'succeeded' ? null : ending.error;
    const detail = { ...(error ?? {}), ...(how.decision ? { reason: how.decision.reason } : {}) };
    const rows = await this.#rows<RecordRow>(endAttemptText(this.#tables, how.from), [
      id,
      token,
      ending.state,
      error === null ? null : JSON.stringify(error),
      'dueInMs' in ending ? ending.dueInMs : null,
      how.event,
      how.decision?.by ?? null,
      JSON.stringify(detail),
      done?.result ?? null,
      done?.externalId ?? null,
      done?.externalUrl ?? null,
      how.expiredOnly ?? false,
      how.asked ?? false,
      how.decision?.vouched ?? false,
    ]);
    if (rows[0]) return { kind: 'recorded', record: toRecord(rows[0]) };
    const record = await this.#get(id);
    // an acknowledgement was lost, and the statement is sent again: what stands there is our own ending
    const ours = record.token === token && record.state === ending.state && how.decision === undefined;
    return { kind: ours ? 'recorded' : 'stale', record };
  }

  async #get(id: string): Promise<IntentRecord> {
    const record = await this.find(id);
    if (record === null) throw new IntentUnknown(id);
    return record;
  }

  /** Runs a statement that is safe to send again, for as long as the database is away. */
  async #rows<R>(text: string, values: readonly unknown[]): Promise<R[]> {
    for (let failures = 0; ; failures += 1) {
      try {
        return (await this.#db.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
      } catch (error) {
        const fault = sortDatabaseError(error);
        if ((fault !== 'connection' && fault !== 'later') || this.#pool.ending) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** failures, 2_000)));
      }
    }
  }
}

function eventOf(ending: Ending): string {
  return ending.state === 'pending' ? 'not_performed' : ending.state;
}
