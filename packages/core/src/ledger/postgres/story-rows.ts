import type { HistoryEntry } from '../record.ts';
import { storyOf } from '../story.ts';
import type { PatientPool } from './patient-pool.ts';
import { type RecordRow, recordColumns, toRecord } from './record-row.ts';
import type { Tables } from './tables.ts';

interface ChapterRow extends RecordRow {
  submitted_by: string;
  claimed_at: Date | null;
  told: number;
}

interface HistoryRow {
  at: Date;
  event: string;
  attempt: number;
  actor: string | null;
  detail: string | null;
}

/** Reads one intent's whole story; empty for an unknown id. */
export async function readStory(pool: PatientPool, t: Tables, id: string): Promise<HistoryEntry[]> {
  const [row] = await pool.rows<ChapterRow>(
    `select ${recordColumns(t, 'i')}, i.submitted_by, i.claimed_at, i.told
     from ${t.intent} a join ${t.intent} i on i.id = coalesce(a.alias_of, a.id) where a.id = $1`,
    [id],
  );
  if (row === undefined) return [];
  const history = await pool.rows<HistoryRow>(
    `select at, event, attempt, actor, detail from ${t.history} where intent_id = $1 order by seq`,
    [row.id],
  );
  return storyOf(
    { record: toRecord(row), submittedBy: row.submitted_by, claimedAt: row.claimed_at, told: row.told },
    history.map(toEntry),
  );
}

function toEntry(row: HistoryRow): HistoryEntry {
  const detail = row.detail === null ? null : (JSON.parse(row.detail) as Record<string, unknown>);
  return { at: row.at, event: row.event, attempt: row.attempt, actor: row.actor, detail };
}
