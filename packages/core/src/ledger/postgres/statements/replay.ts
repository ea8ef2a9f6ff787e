import { recordColumns } from '../record-row.ts';
import type { Tables } from '../tables.ts';
import { chapter, oldRow, putOnLists } from './again.ts';

/**
 * Makes a failed intent pending again under the same key, with its retries unused; what ended goes into the history.
 * The watermarks may have passed it, so that it goes on their lists.
 *
 * $1 id, $2 token, $3 who, $4 detail.
 */
export const replayText = (t: Tables): string => `
  with old as (${oldRow(t, 'replay')}
  ), replayed as (
    update ${t.intent} i
    set state = 'pending', tries = 0, told = i.token, finished_at = null, due_at = null, sent_at = null
    from old
    where i.id = old.id
    returning i.*
  ), told as (${chapter(t, { event: 'failed', detail: 'error' }, { event: 'replayed', token: 'token' })}
  ), listed as (${putOnLists(t)}
  )
  select ${recordColumns(t, 'i')} from replayed i`;
