import { backoffMs } from './backoff.ts';
import { sortDatabaseError } from './sort-database-error.ts';

/**
 * Runs what is safe to run again, for as long as the database is away; `body` is told how often it failed before.
 *
 * @param givenUp says why nothing is tried any more, or `null` while it may be
 * @throws what the database says about the statement itself; what `givenUp` says
 */
export async function patiently<T>(
  body: (failures: number) => Promise<T>,
  givenUp: () => Error | null,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await body(failures);
    } catch (error) {
      const reason = givenUp();
      if (reason !== null) throw reason;
      const fault = sortDatabaseError(error);
      if (fault !== 'connection' && fault !== 'later') throw error;
      await new Promise((resolve) => setTimeout(resolve, backoffMs(failures)));
    }
  }
}
