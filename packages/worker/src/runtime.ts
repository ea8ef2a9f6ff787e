import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type AnyAction,
  type DeliveryPorts,
  type Hook,
  InvalidAction,
  Leases,
  type Log,
  noHook,
  PostgresLedger,
  type PostgresLedgerOptions,
  processClock,
  withFields,
} from '@latchkey/core';
import { pino } from 'pino';
import { type SignalOptions, Signals } from './signals/signals.ts';

/** How a runtime is opened. */
export interface RuntimeOptions extends SignalOptions {
  readonly databaseUrl: string;
  /** Schema of the ledger's tables; default `latchkey`. */
  readonly schema?: string;
  /** Makes or updates the tables first; default `false`. */
  readonly migrate?: boolean;
  /** Name of this process in claims and logs; default: host, pid and a random part. */
  readonly name?: string;
  /** A pino logger, or anything of its shape; default: pino at level `info`. */
  readonly log?: Log;
  /** Connections for transactional effects and everything rare; default 10. */
  readonly poolSize?: number;
  /** Called at named points of the path; for tests. Default: nothing. */
  readonly hook?: Hook;
}

/** What one process needs to protect effects: the ledger, its leases and its name. */
export interface Runtime {
  readonly name: string;
  readonly ledger: PostgresLedger;
  readonly ports: DeliveryPorts;
  readonly log: Log;
  readonly signals: Signals;
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
  const ledger = await PostgresLedger.open({
    databaseUrl: options.databaseUrl,
    applicationName: `latchkey ${name}`.slice(0, 63),
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    ...(options.migrate === undefined ? {} : { migrate: options.migrate }),
    ...(options.poolSize === undefined ? {} : { poolSize: options.poolSize }),
    ...onBatch(signals),
  });
  const ports: DeliveryPorts = {
    ledger,
    clock: processClock,
    leases: new Leases(processClock, (id, token, leaseMs) => ledger.renew(id, token, leaseMs)),
    log,
    hook: options.hook ?? noHook,
    newClaimant: claimants(name),
  };
  return { name, ledger, ports, log, signals, close: () => ledger.close() };
}

function onBatch({ metrics }: Signals): Pick<PostgresLedgerOptions, 'onBatch'> {
  if (metrics === null) return {};
  return { onBatch: (statement, size) => metrics.batchSize.observe({ statement }, size) };
}

/** Claims of two processes of one name must not look alike, so that each process adds a random part of its own. */
function claimants(name: string): () => string {
  const process = randomBytes(4).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${name}/${process}/${count}`;
  };
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
