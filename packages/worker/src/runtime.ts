import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type AnyAction,
  bareError,
  type DeliveryPorts,
  type Hook,
  InvalidAction,
  InvalidConfig,
  KeyRing,
  type KeyWarning,
  KeyWatch,
  Leases,
  type Ledger,
  type LedgerSearch,
  type Log,
  Overdue,
  PostgresLedger,
  type PostgresLedgerOptions,
  processClock,
  SealingLedger,
  sealEnding,
  withFields,
} from '@latchkey/core';
import { pino } from 'pino';
import { Redeliveries } from './signals/redeliveries.ts';
import { type SignalOptions, Signals } from './signals/signals.ts';

/** How a runtime is opened. */
export interface RuntimeOptions extends SignalOptions {
  readonly databaseUrl: string;
  /** Schema of the ledger's tables; default `latchkey`. */
  readonly schema?: string;
  /** Keys for actions that encrypt, `id:base64,id2:base64`, the current one first; default none. */
  readonly encryptionKeys?: string;
  /** Makes or updates the tables first; default `false`. */
  readonly migrate?: boolean;
  /** Name of this process in claims and logs; default: host, pid and a random part. */
  readonly name?: string;
  /** A pino logger, or anything of its shape; default: pino at level `info`. */
  readonly log?: Log;
  /** Connections for transactional effects and everything rare; default 10. */
  readonly poolSize?: number;
  /** Called with each sign of a bad key, beside the warning in the log; for counters. Default: nothing. */
  readonly onKeyWarning?: (warning: KeyWarning) => void;
  /** Called at named points of the path; for tests. Default: nothing. */
  readonly hook?: Hook;
}

/** What one process needs to protect effects: the ledger, its leases and its name. */
export interface Runtime {
  readonly name: string;
  readonly ledger: Ledger & LedgerSearch;
  /** Kysely on the ledger's own pool, for reading. */
  readonly db: PostgresLedger['db'];
  /** Ids of the keys that encrypted intents are stored under, the current one first. */
  readonly keyIds: readonly string[];
  readonly ports: DeliveryPorts;
  readonly log: Log;
  readonly signals: Signals;
  /** Counts deliveries that only got the stored answer. */
  readonly redeliveries: Redeliveries;
  close(): Promise<void>;
}

/**
 * Opens the ledger for one process; what `protect` needs around an existing BullMQ processor.
 *
 * @throws {SchemaMismatch} when the tables are missing or of another version.
 * @example
 * const runtime = await openRuntime({ databaseUrl: process.env.DATABASE_URL });
 * const worker = new Worker('tickets', protect(createTicket, runtime), { connection });
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const name = options.name ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const log = withFields(options.log ?? pino({ name: 'latchkey' }), () => ({ worker: name }));
  const signals = new Signals(options);
  const ring = KeyRing.from(options.encryptionKeys);
  const stored = await PostgresLedger.open({
    databaseUrl: options.databaseUrl,
    applicationName: `latchkey ${name}`.slice(0, 63),
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    ...(options.migrate === undefined ? {} : { migrate: options.migrate }),
    ...(options.poolSize === undefined ? {} : { poolSize: options.poolSize }),
    ...onBatch(signals),
  });
  const ledger = new SealingLedger(stored, ring);
  const ports: DeliveryPorts = {
    ledger,
    clock: processClock,
    overdue: new Overdue(processClock),
    leases: new Leases(processClock, (id, token, leaseMs) => ledger.renew(id, token, leaseMs)),
    log,
    hook: options.hook,
    seal: (held, ending) => sealEnding(ring, held, ending),
    keyWatch: new KeyWatch((warning) => {
      signals.metrics?.keyWarnings.inc({ action: warning.action, rule: warning.rule }, warning.signs);
      const { reason, ...fields } = warning;
      log.warn(fields, reason);
      noteWarning(ledger, name, warning).catch((error: unknown) =>
        log.warn({ err: bareError(error), intentId: warning.intentId }, 'the warning is not in the ledger'),
      );
      options.onKeyWarning?.(warning);
    }),
    newClaimant: claimants(name),
  };
  const redeliveries = new Redeliveries({
    ledger,
    actor: name,
    log,
    passedOver: (action) => signals.metrics?.redeliveriesPassedOver.inc({ action }),
  });
  const close = async () => {
    await redeliveries.close();
    await ledger.close();
  };
  return { name, ledger, db: stored.db, keyIds: ring.ids, ports, log, signals, redeliveries, close };
}

/** Has the intent's story tell of the sign, for the console; nobody waits for it. */
function noteWarning(
  ledger: Ledger,
  actor: string,
  { intentId, action, ...detail }: KeyWarning,
): Promise<void> {
  return ledger.note(intentId, { event: 'key_warning', attempt: 0, actor, detail });
}

function onBatch({ metrics }: Signals): Pick<PostgresLedgerOptions, 'onBatch'> {
  if (metrics === null) return {};
  return { onBatch: (statement, size) => metrics.batchSize.observe({ statement }, size) };
}

/** Claims of two processes of one name must not look alike, so that each process adds a random part of its own. */
function claimants(name: string): () => string {
  const process = `${name}/${randomBytes(4).toString('hex')}/`;
  let count = 0;
  return () => {
    count += 1;
    return process + count;
  };
}

/**
 * Checks that there is a key where one is needed.
 *
 * @throws {InvalidConfig} when an action encrypts and no key is given.
 */
export function checkKeys(actions: Iterable<AnyAction>, encryptionKeys = ''): void {
  const names = [...actions].filter(({ encrypt }) => encrypt).map(({ name }) => name);
  if (names.length === 0 || KeyRing.from(encryptionKeys).ids.length > 0) return;
  throw new InvalidConfig(
    `LATCHKEY_ENCRYPTION_KEYS: missing, but ${names.join(', ')} is to be encrypted; expected id:base64 with 32 bytes`,
  );
}

/**
 * Indexes actions by name.
 *
 * @throws {InvalidAction} when two of them share one, or when one isn't made by `defineAction`.
 */
export function indexActions(actions: readonly AnyAction[]): ReadonlyMap<string, AnyAction> {
  const byName = new Map<string, AnyAction>();
  for (const action of actions) {
    if (typeof action?.name !== 'string' || action.effect === undefined) {
      throw new InvalidAction('actions: each must be made by defineAction');
    }
    if (byName.has(action.name)) throw new InvalidAction(`actions: two are named ${action.name}`);
    byName.set(action.name, action);
  }
  return byName;
}
