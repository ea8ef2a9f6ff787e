import pg from 'pg';
import { remoteId } from '../actions/remote-id.ts';
import { businessKey } from '../remotes/business-key.ts';
import type { LoggedEffect } from './effects.ts';

interface ChangeRow {
  readonly at: Date;
  readonly scope: string;
  readonly record_id: string;
  readonly version: number;
  readonly old_values: unknown;
  readonly new_values: unknown;
  readonly trace_id: string | null;
}

/**
 * Reads the applied record updates, in order, in the form of the remotes' logs.
 *
 * They come from the append-only `example_record_change`, into which each update writes in its own transaction. Throws
 * where the table is missing: a wrong database must not pass for "no effects".
 */
export async function readRecordEffects(databaseUrl: string): Promise<LoggedEffect[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'oracle' });
  client.on('error', () => undefined); // the failing query says it
  await client.connect();
  try {
    const { rows } = await client.query<ChangeRow>('select * from example_record_change order by seq');
    return rows.map(toEffect);
  } finally {
    await client.end();
  }
}

/** Name of an update by its business fields, as `readRecordEffects` gives it. */
export function recordBusiness(scope: string | null, recordId: string, version: number): string {
  return businessKey('update', { record: remoteId(scope, recordId), version });
}

function toEffect(row: ChangeRow): LoggedEffect {
  const { scope, record_id, version, old_values, new_values, trace_id } = row;
  return {
    at: row.at.toISOString(),
    kind: 'record',
    business: recordBusiness(scope === '' ? null : scope, record_id, version),
    detail: {
      record: remoteId(scope === '' ? null : scope, record_id),
      version,
      old: old_values,
      new: new_values,
      traceId: trace_id,
    },
  };
}
