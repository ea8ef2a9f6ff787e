import type { TimedQuery } from './durability.ts';
import type { Loan } from './patient-pool.ts';

/** Runs a statement inside the transaction. */
export type Run = <R>(text: string, values?: readonly unknown[]) => Promise<R[]>;

/** Runs `body` in one transaction, which `begin` opens and sets up; each statement may take `timeoutMs`. */
export async function inTransaction<T>(
  { client }: Loan,
  { begin, timeoutMs }: { readonly begin: string; readonly timeoutMs: number },
  body: (run: Run) => Promise<T>,
): Promise<T> {
  const run = async <R>(text: string, values: readonly unknown[] = []) => {
    const query: TimedQuery = { text, values: [...values], query_timeout: timeoutMs };
    return (await client.query(query)).rows as R[];
  };
  await client.query(begin);
  try {
    const value = await body(run);
    await run('commit');
    return value;
  } catch (error) {
    await run('rollback'); // where that fails too, the connection is gone
    throw error;
  }
}
