import { type Kysely, type RawBuilder, sql } from 'kysely';
import { DEFAULT_SCHEMA } from './tables.ts';

/** What the ledger's histories tell of one field of an action's key, or of the key as a whole, under one rule. */
export interface WarnedKey {
  readonly action: string;
  readonly rule: string;
  /** Key field that it is about; `null`: the whole key. */
  readonly path: string | null;
  /** Signs that were counted, all warnings together. */
  readonly signs: number;
  readonly reason: string;
  readonly wayOut: string;
  /** When it was warned of last, and the intent that showed it then. */
  readonly lastAt: Date;
  readonly lastIntentId: string;
}

/** Warnings that are read at most, the newest first; a process gives one in ten minutes of each rule and field. */
const READ = 500;

/** Reads which keys were warned of in the last seven days, the last warned of first. */
export async function keyWarnings(
  db: Kysely<unknown>,
  schema: string = DEFAULT_SCHEMA,
): Promise<readonly WarnedKey[]> {
  return (await keyWarningsQuery(schema).execute(db)).rows;
}

/** Warnings have an index of their own, so that the number of intents, and of other entries, doesn't matter. */
export function keyWarningsQuery(schema: string): RawBuilder<WarnedKey> {
  return sql<WarnedKey>`
    select i.action, w.detail->>'rule' as rule, w.detail->>'path' as path, sum((w.detail->>'signs')::integer)::float8 as signs,
      (array_agg(w.detail->>'reason' order by w.at desc))[1] as reason,
      (array_agg(w.detail->>'wayOut' order by w.at desc))[1] as "wayOut",
      max(w.at) as "lastAt", (array_agg(w.intent_id order by w.at desc))[1] as "lastIntentId"
    from (
      select intent_id, at, detail::jsonb as detail from ${sql.table(`${schema}.history`)}
      where event = 'key_warning' and at > now() - interval '7 days' order by at desc limit ${sql.lit(READ)}
    ) w join ${sql.table(`${schema}.intent`)} i on i.id = w.intent_id
    group by 1, 2, 3 order by max(w.at) desc`;
}
