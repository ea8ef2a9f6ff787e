import { statesBefore } from '../../../states.ts';
import type { Verdict } from '../../ledger.ts';
import { recordColumns } from '../record-row.ts';
import { stateList } from '../state-list.ts';
import type { Tables } from '../tables.ts';

/** What each verdict leads to, and what must hold beside the state. */
const VERDICTS: Record<Verdict, { readonly to: string; readonly event: string; readonly condition: string }> =
  {
    approve: { to: 'pending', event: 'approved', condition: 'due_at > now()' },
    reject: { to: 'rejected', event: 'rejected', condition: 'due_at > now()' },
    expire: { to: 'expired', event: 'expired', condition: 'due_at <= now()' },
    // what may have reached the remote can't be called off
    cancel: { to: 'cancelled', event: 'cancelled', condition: 'sent_at is null' },
    stale: { to: 'failed', event: 'failed', condition: 'true' },
  };

/** What the history calls a verdict. */
export function eventOfVerdict(verdict: Verdict): string {
  return VERDICTS[verdict].event;
}

/**
 * Carries out a verdict about an intent that no worker holds; compare-and-set, so that the first of two wins.
 *
 * $1 id, $2 the fingerprint that the reviewer saw or null, $3 who, $4 detail, $5 error of a stale intent or null.
 */
export const decideText = (t: Tables, verdict: Verdict): string => {
  const { to, event, condition } = VERDICTS[verdict];
  return `
  with old as (
    select * from ${t.intent} i
    where id = $1::uuid and state in (${stateList(statesBefore(verdict))}) and ${condition}
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
