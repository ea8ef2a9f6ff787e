import type { CallersTransaction, Ledger, LedgerSearch } from '@latchkey/core';
import type { Transaction } from 'kysely';
import { afterAll, beforeAll } from 'vitest';

/** The two forms of a caller's own transaction. */
export const CALLERS = ['Kysely', 'a pg client'] as const;

/** A transaction that a caller has begun. */
export interface Begun {
  readonly tx: CallersTransaction;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** What the database behind a ledger offers beside it. */
export interface Database {
  /** Begins a caller's transaction. */
  begin(caller: (typeof CALLERS)[number]): Promise<Begun>;
  /** Returns once somebody waits for a lock that another one holds. */
  someoneWaits(): Promise<void>;
  /** Writes one row, as a transactional effect does. */
  effect(tx: Transaction<unknown>, row: string): Promise<void>;
  /** Counts an effect's rows that were committed. */
  effects(row: string): Promise<number>;
}

/** A ledger, and what a test needs beside its interface. */
export interface LedgerUnderTest {
  readonly ledger: Ledger & LedgerSearch;
  /** Makes everything in the ledger older by so many milliseconds, instead of waiting. */
  advance(ms: number): Promise<void>;
  /** Returns once every transaction has ended that runs now, whoever's it is: clean-up stops before those. */
  settled(): Promise<void>;
  /** Left out by a ledger that has no transactions. */
  readonly database?: Database;
  close(): Promise<void>;
}

/** Opens a ledger under test; one a suite. */
export type OpenLedger = () => Promise<LedgerUnderTest>;

/** The ledger of the suite that runs; what it reads is there once the suite has begun. */
export interface Opened {
  readonly ledger: Ledger & LedgerSearch;
  readonly database: Database;
  readonly advance: (ms: number) => Promise<void>;
  readonly settled: () => Promise<void>;
}

/** Opens a ledger before the tests of a `describe`, and closes it after them. */
export function opened(open: OpenLedger): Opened {
  let under: LedgerUnderTest | undefined;
  const get = () => {
    if (under === undefined) throw new Error('the suite has not begun');
    return under;
  };
  beforeAll(async () => {
    under = await open();
  });
  afterAll(() => under?.close());
  return {
    get ledger() {
      return get().ledger;
    },
    get database() {
      const { database } = get();
      if (database === undefined) throw new Error('this ledger has no transactions');
      return database;
    },
    advance: (ms) => get().advance(ms),
    settled: () => get().settled(),
  };
}
