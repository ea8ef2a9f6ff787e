import type { EffectKind } from '../../action/effect.ts';
import type { State } from '../../states.ts';
import type { OpenIntent, SweepCursor } from '../ledger.ts';
import type { PatientPool } from './patient-pool.ts';
import { advanceText, openText, stragglersText, tidyStragglersText } from './statements/open-intents.ts';
import { sweepRows } from './sweep-rows.ts';
import type { Tables } from './tables.ts';

interface OpenRow {
  id: string;
  action: string;
  state: State;
  token: number;
  kind: EffectKind | null;
  turn: OpenIntent['turn'];
  tries: number;
  asked: number;
  age_ms: number;
  sent_ago_ms: number | null;
  claimed_ago_ms: number | null;
  lease_left_ms: number | null;
  due_in_ms: number | null;
  xid: string;
}

const NIL = '00000000-0000-0000-0000-000000000000';

/**
 * Reads unfinished intents page by page: stragglers first, then from the watermark on. A first page (`after` null)
 * moves the watermark before it reads.
 */
export async function openIntents(
  pool: PatientPool,
  tables: Tables,
  page: { action: string; after: SweepCursor | null; limit: number },
): Promise<{ intents: OpenIntent[]; next: SweepCursor | null }> {
  const { action, limit } = page;
  const rowsOf = <R>(text: string, values: readonly unknown[]) => sweepRows<R>(pool, text, values);
  if (page.after === null) {
    await rowsOf(advanceText(tables), [action]);
    await rowsOf(tidyStragglersText(tables), [action]);
  }
  const [part = 'stragglers', xid = '0', id = NIL] = (page.after ?? `stragglers/0/${NIL}`).split('/');
  const rows =
    part === 'stragglers'
      ? await rowsOf<OpenRow>(stragglersText(tables), [action, id, limit])
      : await rowsOf<OpenRow>(openText(tables), [action, xid, id, limit]);
  const last = rows.at(-1);
  const full = rows.length === limit && last !== undefined;
  const next = full ? `${part}/${last.xid}/${last.id}` : part === 'stragglers' ? `recent/0/${NIL}` : null;
  return { intents: rows.map(toOpenIntent), next };
}

function toOpenIntent(row: OpenRow): OpenIntent {
  return {
    id: row.id,
    action: row.action,
    state: row.state,
    token: row.token,
    kind: row.kind,
    turn: row.turn,
    tries: row.tries,
    asked: row.asked,
    purged: false,
    ageMs: row.age_ms,
    sentAgoMs: row.sent_ago_ms,
    claimedAgoMs: row.claimed_ago_ms,
    leaseLeftMs: row.lease_left_ms,
    dueInMs: row.due_in_ms,
  };
}
