import { recordColumns } from '../record-row.ts';
import type { Tables } from '../tables.ts';
import { chapter, oldRow, putOnLists } from './again.ts';

const SUCCEEDED = {
  event: 'succeeded',
  detail: "case when external_id is not null then json_build_object('externalId', external_id)::text end",
} as const;

/**
 * Makes a succeeded intent pending again as a new generation; how the old one ended is kept beside it.
 *
 * The decision takes a token of its own, so that nothing that an attempt of the old generation still says is taken for a
 * word about the new one. The watermarks may have passed it, so that it goes on their lists.
 *
 * $1 id, $2 token, $3 who, $4 detail: JSON with the reason.
 */
export const rerunText = (t: Tables): string => `
  with old as (${oldRow(t, 'rerun')}
  ), rerun as (
    update ${t.intent} i
    set state = 'pending', generation = i.generation + 1, rerun_at = now(), token = i.token + 1, told = i.token + 1,
      tries = 0, asked = 0, result = null, external_id = null, external_url = null, error = null, finished_at = null,
      due_at = null, sent_at = null
    from old
    where i.id = old.id
    returning i.*
  ), kept as (
    insert into ${t.superseded} (intent_id, generation, attempt, claimant, result, external_id, external_url,
      finished_at, superseded_by, reason)
    select id, generation, token, claimant, result, external_id, external_url, finished_at, $3::text, $4::json ->> 'reason'
    from old
  ), told as (${chapter(t, SUCCEEDED, { event: 'rerun', token: 'token + 1' })}
  ), listed as (${putOnLists(t)}
  )
  select ${recordColumns(t, 'i')} from rerun i`;
