import type { TimedQuery } from './durability.ts';
import type { PatientPool } from './patient-pool.ts';
import type { RecordRow } from './record-row.ts';
import type { Tables } from './tables.ts';

/** What the way to the server may have taken longer this time than the first, in milliseconds. */
const MARGIN_MS = 500;

/** A statement and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The entry that a decision leaves in its intent's history. */
export interface DecisionEntry {
  readonly id: string;
  readonly event: string;
  readonly actor: string;
  readonly detail: string;
}

/**
 * Carries out somebody's decision once: answers the changed row, `done` where it was carried out before a connection
 * was lost, `null` where it isn't legal (any more).
 *
 * A decision can't be told from the row alone; that it was carried out stands in the history, since the first try.
 */
export async function decideOnce(
  pool: PatientPool,
  tables: Tables,
  statement: Statement,
  entry: DecisionEntry,
): Promise<RecordRow | 'done' | null> {
  return pool.patiently(async ({ client }, firstTry) => {
    const run = async (text: string, values: readonly unknown[]) => {
      const query: TimedQuery = { text, values: [...values], query_timeout: pool.queryTimeoutMs };
      return (await client.query<RecordRow>(query)).rows;
    };
    const { id, event, actor, detail } = entry;
    if (firstTry !== null) {
      const sinceMs = performance.now() - firstTry + MARGIN_MS;
      const told = await run(toldText(tables), [id, event, actor, detail, sinceMs]);
      if (told.length > 0) return 'done';
    }
    const [row] = await run(statement.text, statement.values);
    return row ?? null;
  });
}

const toldText = (t: Tables): string => `
  select seq from ${t.history} where intent_id = $1::uuid and event = $2 and actor = $3 and detail = $4
    and at >= now() - $5::float8 * interval '1 ms'`;
