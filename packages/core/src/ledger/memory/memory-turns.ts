import type { IntentRecord } from '../record.ts';
import type { MemoryRow } from './memory-row.ts';

/** Whose turn it is on each entity that intents share, and the newest version that was applied to it. */
export class MemoryTurns {
  readonly #waiting = new Map<string, MemoryRow[]>();
  readonly #applied = new Map<string, number>();

  /** Gives an intent that may act now the last place on its entity. */
  take(row: MemoryRow): void {
    const { entity } = row.submission;
    if (entity === null || row.state !== 'pending') return;
    const waiting = this.#waiting.get(entity.id) ?? [];
    if (!waiting.includes(row)) this.#waiting.set(entity.id, [...waiting, row]);
  }

  /** Takes a finished intent off its entity. */
  leave(row: MemoryRow): void {
    const { entity } = row.submission;
    if (entity === null) return;
    const left = (this.#waiting.get(entity.id) ?? []).filter((other) => other !== row);
    this.#waiting.set(entity.id, left);
    if (entity.version === null || row.state !== 'succeeded') return;
    this.#applied.set(entity.id, Math.max(this.#applied.get(entity.id) ?? entity.version, entity.version));
  }

  /** Whose turn it is on the entity of `row`, in order. */
  line({ submission: { entity } }: MemoryRow): readonly MemoryRow[] {
    return (entity === null ? undefined : this.#waiting.get(entity.id)) ?? [];
  }

  /** Whether an intent may act; `null` where it shares no entity, or is finished. */
  turnOf(row: MemoryRow): IntentRecord['turn'] {
    const { entity } = row.submission;
    if (entity === null || row.finishedAt !== null) return null;
    if (row.state === 'pending' && this.line(row)[0] !== row) return 'waits';
    const applied = this.#applied.get(entity.id);
    return entity.version !== null && applied !== undefined && applied > entity.version ? 'stale' : 'next';
  }
}
