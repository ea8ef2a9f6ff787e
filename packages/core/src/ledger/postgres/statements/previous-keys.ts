import type { Tables } from '../tables.ts';

/**
 * Takes the ids of earlier key versions for a new intent, so that an older deploy that is still running finds it. Such
 * a row only leads to the intent: it is a tombstone from the beginning.
 *
 * $1 ids, $2 the intent's id. Answers the ids that were free.
 */
export const takePreviousIdsText = (t: Tables): string => `
  insert into ${t.intent} (id, alias_of, action, key, scope, key_version, fingerprint, state, replay_window_ms,
    submitted_by, finished_at, purged_at)
  select p.id, i.id, i.action, '', i.scope, i.key_version, '', 'cancelled', i.replay_window_ms, i.submitted_by,
    now(), now()
  from unnest($1::uuid[]) as p (id), ${t.intent} i
  where i.id = $2::uuid
  on conflict (id) do nothing
  returning id`;
