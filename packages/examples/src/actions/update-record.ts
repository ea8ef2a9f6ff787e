import { type Action, Declined, defineAction, transactional } from '@latchkey/core';
import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { defaultPace, type Pace } from './pace.ts';
import { createRecordTables, hasRecordTables } from './record-tables.ts';

/** Values of a record's fields. */
export type RecordValues = Readonly<Record<string, string | number | boolean | null>>;

/** A decision that a record shall have these values, as its version so-and-so. */
export interface RecordInput {
  readonly recordId: string;
  readonly version: number;
  readonly values: RecordValues;
  /** Why it is changed; a model words it anew each time. */
  readonly reason?: string | undefined;
}

/** What is kept of an applied update. */
export interface RecordUpdated {
  /** `null` for a record that is new. */
  readonly old: RecordValues | null;
  readonly new: RecordValues;
  /** Kept in the transaction of the update itself: whoever reads this reads a committed update. */
  readonly commit: 'committed';
  readonly traceId: string;
}

const input: z.ZodType<RecordInput, RecordInput> = z.object({
  recordId: z.string().min(1).max(100),
  version: z.int().min(1).max(2_147_483_647),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  reason: z.string().optional(),
});

/**
 * Updates a row in the ledger's own database: update and outcome commit together, or not at all.
 *
 * Record and version are the identity. An update that is older than the applied version ends `failed` with `stale`:
 * nothing is applied backwards.
 */
export function updateRecordAction(pace: Pace = defaultPace): Action<RecordInput, RecordUpdated> {
  const tables = { known: false };
  return defineAction({
    name: 'record.update',
    input,
    key: ['recordId', 'version'],
    free: ['reason'],
    leaseMs: pace.leaseMs,
    deadlineMs: pace.deadlineMs,
    retry: { backoffMs: pace.backoffMs },
    effect: transactional({
      perform: async (update: RecordInput, { tx, scope, traceparent }) => {
        await ensureTables(tx, tables);
        const traceId = traceparent.split('-')[1] ?? '';
        const old = await apply(tx, { scope: scope ?? '', traceId }, update);
        const result: RecordUpdated = { old, new: update.values, commit: 'committed', traceId };
        return { result, externalId: `${update.recordId}@${update.version}` };
      },
    }),
  });
}

/** A rollback takes tables back that were created in it, so only tables that were there are remembered. */
async function ensureTables(tx: Transaction<unknown>, tables: { known: boolean }): Promise<void> {
  if (tables.known) return;
  tables.known = await hasRecordTables(tx);
  if (!tables.known) await createRecordTables(tx);
}

/** Applies an update if it is newer than what stands there, and answers the old values. */
async function apply(
  tx: Transaction<unknown>,
  { scope, traceId }: { scope: string; traceId: string },
  { recordId, version, values }: RecordInput,
): Promise<RecordValues | null> {
  await sql`
    insert into example_record (scope, id, field_values, version) values (${scope}, ${recordId}, '{}', 0)
    on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ field_values: RecordValues; version: number }>`
    select field_values, version from example_record where scope = ${scope} and id = ${recordId} for update`.execute(
    tx,
  );
  const applied = rows[0]?.version ?? 0;
  if (applied >= version) {
    throw new Declined(`stale: ${recordId} is at version ${applied}, so version ${version} is not applied`);
  }
  const old = applied === 0 ? null : (rows[0]?.field_values ?? null);
  await sql`
    update example_record set field_values = ${JSON.stringify(values)}, version = ${version}
    where scope = ${scope} and id = ${recordId}`.execute(tx);
  await sql`
    insert into example_record_change (scope, record_id, version, old_values, new_values, trace_id)
    values (${scope}, ${recordId}, ${version}, ${old === null ? null : JSON.stringify(old)},
      ${JSON.stringify(values)}, ${traceId})`.execute(tx);
  return old;
}
