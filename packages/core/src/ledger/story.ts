import type { HistoryEntry, IntentRecord } from './record.ts';

/** What a row tells of an intent's life beside its history. */
export interface RowChapter {
  readonly record: IntentRecord;
  readonly submittedBy: string;
  readonly claimedAt: Date | null;
  /** The last token whose claim is in the history already. */
  readonly told: number;
}

/**
 * Puts one intent's whole story together: the ordinary part (submitted, claimed, finished) is read off its row, so
 * that the common case writes no history at all; what is out of the ordinary stands in the history.
 *
 * In the order of time; what happened in one millisecond keeps the order of attempts, the row's chapter first.
 */
export function storyOf(row: RowChapter, history: readonly HistoryEntry[]): HistoryEntry[] {
  const { record } = row;
  const submitted: HistoryEntry = {
    at: record.createdAt,
    event: 'submitted',
    attempt: 0,
    actor: row.submittedBy,
    detail: record.scope === null ? { key: record.key } : { key: record.key, scope: record.scope },
  };
  const later = [...openChapter(row), ...history];
  return [submitted, ...later.sort((a, b) => a.at.getTime() - b.at.getTime() || a.attempt - b.attempt)];
}

function openChapter({ record, claimedAt, told }: RowChapter): HistoryEntry[] {
  if (record.token <= told || claimedAt === null) return [];
  const claimed: HistoryEntry = {
    at: claimedAt,
    event: 'claimed',
    attempt: record.token,
    actor: record.claimant,
    detail: null,
  };
  if (record.finishedAt === null) return [claimed];
  return [
    claimed,
    {
      at: record.finishedAt,
      event: record.state,
      attempt: record.token,
      actor: record.claimant,
      detail: outcomeDetail(record),
    },
  ];
}

function outcomeDetail(record: IntentRecord): HistoryEntry['detail'] {
  if (record.error !== null) return { ...record.error };
  return record.externalId === null ? null : { externalId: record.externalId };
}
