import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { IntentUnknown } from '../../errors.ts';
import type {
  CallersTransaction,
  Claimed,
  ClaimWish,
  Decision,
  Ending,
  InTurn,
  Ledger,
  Recorded,
  Submission,
  Submitted,
  Succeeded,
  Transacted,
  TransactionEnd,
  Verdict,
} from '../ledger.ts';
import type { HistoryEntry, IntentRecord } from '../record.ts';
import { isEndedBy } from '../same-ending.ts';
import type { LedgerSearch } from '../search.ts';
import type { Superseded } from '../superseded.ts';
import { VERDICTS } from '../verdicts.ts';
import { admitIn, claimedOrFound, claimIn } from './claims.ts';
import { countIntents } from './count-intents.ts';
import { type DecisionEntry, decideOnce, type Statement } from './decide-once.ts';
import { endAttempt, endingDetail, eventOf, HOLDERS_STEPS, type HowEnded } from './end-attempt.ts';
import { endsOf } from './ends-of.ts';
import { exclusively } from './exclusively.ts';
import { closeLanes, type Lanes, openLanes } from './lanes.ts';
import { checkSchema, migrate } from './migrate.ts';
import { finishedRecord, newRecord } from './new-record.ts';
import { note } from './note.ts';
import { oldestPending } from './oldest-pending.ts';
import { openIntents } from './open-intents.ts';
import { PatientPool } from './patient-pool.ts';
import { POOL_SIZE, type PostgresLedgerOptions, RARE_CONNECTIONS } from './postgres-ledger-options.ts';
import { purgeIntents } from './purge-intents.ts';
import { type RecordRow, toRecord } from './record-row.ts';
import { searchIntents } from './search-intents.ts';
import { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { decideText } from './statements/decide.ts';
import { findText } from './statements/find.ts';
import { nextInTurnText } from './statements/next-in-turn.ts';
import { replayText } from './statements/replay.ts';
import { rerunText } from './statements/rerun.ts';
import { takeOverText } from './statements/take-over.ts';
import { readStory } from './story-rows.ts';
import { submitInTransaction, submitWithPreviousIds } from './submit-in-transaction.ts';
import { readSuperseded } from './superseded-rows.ts';
import { DEFAULT_SCHEMA, type Tables, tablesOf } from './tables.ts';
import { transact } from './transact.ts';
import { Turns } from './turns.ts';

/** The ledger in PostgreSQL; every change is durable when its promise settles. */
export class PostgresLedger implements Ledger, LedgerSearch {
  readonly #db: Kysely<unknown>;
  readonly #pool: PatientPool;
  readonly #sessions: Sessions;
  readonly #lanes: Lanes;
  readonly #tables: Tables;
  readonly #effects: Turns;

  private constructor(pool: PatientPool, sessions: Sessions, tables: Tables, options: PostgresLedgerOptions) {
    this.#pool = pool;
    this.#db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool.pool }) });
    this.#sessions = sessions;
    this.#lanes = openLanes(tables, sessions, options.onBatch);
    this.#tables = tables;
    this.#effects = new Turns(options.poolSize ?? POOL_SIZE);
  }

  /**
   * Connects, and checks the schema's version.
   *
   * @throws {SchemaMismatch} when the tables are missing, older or newer; connection errors as pg throws them.
   */
  static async open(options: PostgresLedgerOptions): Promise<PostgresLedger> {
    const { databaseUrl, schema = DEFAULT_SCHEMA, applicationName = 'latchkey' } = options;
    const { poolSize = POOL_SIZE, queryTimeoutMs = 15_000 } = options;
    const tables = tablesOf(schema);
    if (options.migrate) await migrate({ connectionString: databaseUrl, schema });
    const reach = { connectionString: databaseUrl, applicationName, queryTimeoutMs };
    const pool = new PatientPool({ ...reach, size: poolSize + RARE_CONNECTIONS });
    try {
      await checkSchema(pool.pool, schema);
    } catch (error) {
      await pool.pool.end();
      throw error;
    }
    return new PostgresLedger(pool, new Sessions(() => Session.open(reach)), tables, options);
  }

  /** Kysely on the ledger's own pool, for reading. */
  get db(): Kysely<unknown> {
    return this.#db;
  }

  async submit(submission: Submission, tx?: CallersTransaction): Promise<Submitted> {
    if (tx !== undefined) return submitInTransaction(this.#tables, tx, submission);
    if (submission.previousIds.length > 0) return submitWithPreviousIds(this.#pool, this.#tables, submission);
    // submissions that share an entity keep their order, one batch after the other
    const lane = submission.entity === null ? this.#lanes.submit : this.#lanes.submitInOrder;
    const createdMs = await lane.push(submission);
    if (createdMs !== undefined) return { created: true, record: newRecord(submission, createdMs) };
    return { created: false, record: await this.#get(submission.id) };
  }

  admit(submission: Submission, wish: ClaimWish): Promise<Claimed> {
    const { previousIds, approvalMs, entity } = submission;
    const isPlain = previousIds.length === 0 && approvalMs === null && entity === null;
    return isPlain ? admitIn(this.#lanes, submission, wish) : this.#submitAndClaim(submission, wish);
  }

  claim(wish: ClaimWish): Promise<Claimed> {
    return claimIn(this.#lanes, wish);
  }

  async takeOver(wish: ClaimWish, token: number): Promise<Claimed> {
    const values = [wish.id, token, wish.claimant, wish.kind, wish.leaseMs];
    const rows = await this.#pool.rows<RecordRow>(takeOverText(this.#tables), values);
    if (rows[0]) return { kind: 'claimed', record: toRecord(rows[0]) };
    const record = await this.find(wish.id);
    return record === null ? { kind: 'missing' } : claimedOrFound(record, wish, false);
  }

  renew(id: string, token: number, leaseMs: number): Promise<boolean> {
    return this.#lanes.renew.push({ id, token, leaseMs });
  }

  record(held: IntentRecord, ending: Ending): Promise<Recorded> {
    const { id, token } = held;
    if (ending.state !== 'succeeded' && ending.state !== 'failed') return this.#endAsHolder(held, ending);
    return this.#lanes.record.push({ id, token, ending }).then((finishedMs) => {
      if (finishedMs === undefined) return this.#endAsHolder(held, ending);
      return { kind: 'recorded', record: finishedRecord(held, ending, finishedMs) };
    });
  }

  /** Rare: not final, or the token isn't current, or a doubt is healed, or an acknowledgement was lost. */
  #endAsHolder({ id, token }: IntentRecord, ending: Ending): Promise<Recorded> {
    return this.#end(id, token, ending, { steps: HOLDERS_STEPS, event: eventOf(ending) });
  }

  transact(
    held: IntentRecord,
    deadlineMs: number,
    perform: (tx: Transaction<unknown>) => Promise<Succeeded>,
  ): Promise<Transacted> {
    return transact(
      { pool: this.#pool, turns: this.#effects, tables: this.#tables, read: (id) => this.#get(id) },
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
    return this.#end(id, token, ending, {
      steps: ['record', 'doubt'],
      event: eventOf(ending),
      expiredOnly: true,
    });
  }

  settle(id: string, token: number, ending: Ending, decision: Decision): Promise<Recorded> {
    const asked = ending.state === 'in_doubt';
    const event = asked ? 'asked' : `settled_${ending.state}`;
    const how: HowEnded = { steps: ['settle'], event, decision, asked };
    const detail = endingDetail(ending, decision);
    const statement = endAttempt(this.#tables, { id, token }, ending, how);
    return this.#decide(statement, { id, event, actor: decision.by, detail });
  }

  async decide(
    id: string,
    verdict: Verdict,
    decision: Decision & { fingerprint?: string },
  ): Promise<Recorded> {
    const error = verdict === 'stale' ? JSON.stringify({ code: 'STALE', message: decision.reason }) : null;
    const detail = JSON.stringify({ reason: decision.reason });
    const values = [id, decision.fingerprint ?? null, decision.by, detail, error];
    const statement = { text: decideText(this.#tables, verdict), values };
    return this.#decide(statement, { id, event: VERDICTS[verdict].event, actor: decision.by, detail });
  }

  nextInTurn(id: string, limit: number): Promise<readonly InTurn[]> {
    return this.#pool.rows<InTurn>(nextInTurnText(this.#tables), [id, limit]);
  }

  replay(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#again('replayed', replayText(this.#tables), id, token, decision);
  }

  rerun(id: string, token: number, decision: Decision): Promise<Recorded> {
    return this.#again('rerun', rerunText(this.#tables), id, token, decision);
  }

  note(id: string, entry: Parameters<Ledger['note']>[1]): Promise<void> {
    return note(this.#pool, this.#tables, id, entry);
  }

  endsOf(transactions: readonly string[]): Promise<ReadonlyMap<string, TransactionEnd>> {
    return endsOf(this.#pool, transactions);
  }

  async find(id: string): Promise<IntentRecord | null> {
    return (await this.findMany([id])).get(id) ?? null;
  }

  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, IntentRecord>> {
    const rows = await this.#pool.rows<RecordRow & { asked_id: string }>(findText(this.#tables), [ids]);
    return new Map(rows.map((row) => [row.asked_id, toRecord(row)]));
  }

  story(id: string): Promise<HistoryEntry[]> {
    return readStory(this.#pool, this.#tables, id);
  }

  superseded(id: string): Promise<Superseded[]> {
    return readSuperseded(this.#pool, this.#tables, id);
  }

  open(...[action, after, limit]: Parameters<Ledger['open']>): ReturnType<Ledger['open']> {
    return openIntents(this.#pool, this.#tables, { action, after, limit });
  }

  search(...[query]: Parameters<LedgerSearch['search']>): ReturnType<LedgerSearch['search']> {
    return searchIntents(this.#pool, this.#tables, query);
  }

  counts(...[query = {}]: Parameters<LedgerSearch['counts']>): ReturnType<LedgerSearch['counts']> {
    return countIntents(this.#pool, this.#tables, query);
  }

  oldestPending(): ReturnType<LedgerSearch['oldestPending']> {
    return oldestPending(this.#pool, this.#tables);
  }

  purge(action: string, limit: number): Promise<number> {
    return purgeIntents(this.#pool, this.#tables, { action, limit });
  }

  exclusively(name: string, body: () => Promise<void>): Promise<boolean> {
    return exclusively(this.#pool, `latchkey ${this.#tables.schema} ${name}`, body);
  }

  async close(): Promise<void> {
    closeLanes(this.#lanes, this.#sessions);
    await this.#pool.close();
  }

  #again(
    event: string,
    text: string,
    id: string,
    token: number,
    { by, reason }: Decision,
  ): Promise<Recorded> {
    const detail = JSON.stringify({ reason });
    return this.#decide({ text, values: [id, token, by, detail] }, { id, event, actor: by, detail });
  }

  async #decide(statement: Statement, entry: DecisionEntry): Promise<Recorded> {
    const done = await decideOnce(this.#pool, this.#tables, statement, entry);
    if (done !== null && done !== 'done') return { kind: 'recorded', record: toRecord(done) };
    return { kind: done === 'done' ? 'recorded' : 'stale', record: await this.#get(entry.id) };
  }

  async #submitAndClaim(submission: Submission, wish: ClaimWish): Promise<Claimed> {
    const { record, created } = await this.submit(submission);
    return { ...(await this.claim({ ...wish, id: record.id })), ...(created ? { created } : {}) };
  }

  async #end(id: string, token: number, ending: Ending, how: HowEnded): Promise<Recorded> {
    const { text, values } = endAttempt(this.#tables, { id, token }, ending, how);
    const [row] = await this.#pool.rows<RecordRow>(text, values);
    if (row !== undefined) return { kind: 'recorded', record: toRecord(row) };
    const record = await this.#get(id);
    return { kind: isEndedBy(record, token, ending) ? 'recorded' : 'stale', record };
  }

  async #get(id: string): Promise<IntentRecord> {
    const record = await this.find(id);
    if (record === null) throw new IntentUnknown(id);
    return record;
  }
}
