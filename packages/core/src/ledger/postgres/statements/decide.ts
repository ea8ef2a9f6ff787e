import { statesBefore } from '../../../states.ts';
import type { Verdict } from '../../ledger.ts';
import { VERDICTS } from '../../verdicts.ts';
import { recordColumns } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';

/** What must hold beside the state. */
const CONDITIONS: Record<Verdict, string> = {
  approve: 'due_at > now()',
  reject: 'due_at > now()',
  expire: 'due_at <= now()',
  // what may have reached the remote can't be called off
  cancel: 'sent_at is null',
  stale: 'true',
};

/**
 * Carries out a verdict about an intent that no worker holds; compare-and-set, so that the first of two wins.
 *
 * $1 id, $2 the fingerprint that the reviewer saw or null, $3 who, $4 detail, $5 error of a stale intent or null.
 */
export const decideText = (t: Tables, verdict: Verdict): string => {
  const { to, event } = VERDICTS[verdict];
  return `
  with old as (
    select * from ${t.intent} i
    where id = $1::uuid and state in (${stateList(statesBefore(verdict))}) and ${CONDITIONS[verdict]}
      and ($2::text is null or fingerprint = $2::text)
    for update
  ), decided as (
    update ${t.intent} i
    set state = '${to}', due_at = null, error = coalesce($5::text, i.error),
      finished_at = ${to === 'pending' ? 'null' : 'now()'}
    from old
    where i.id = old.id
    returning i.*
  ), told as (
    insert into ${t.history} (intent_id, event, attempt, actor, detail)
    select id, '${event}', token, $3::text, $4::text from decided
  )
  select ${recordColumns(t, 'i')} from decided i`;
};
