import type { Tables } from '../tables.ts';

/**
 * Takes the ids of earlier key versions for a new intent, so that an older deploy that is still running finds it.
 *
 * $1 ids, $2 the intent's id. Answers the ids that were free.
 */
export const takePreviousIdsText = (t: Tables): string => `
  insert into ${t.intent} (id, alias_of, action, key, scope, key_version, fingerprint, state, replay_window_ms,
    submitted_by, finished_at)
  select p.id, i.id, i.action, i.key, i.scope, i.key_version, i.fingerprint, 'cancelled', i.replay_window_ms,
    i.submitted_by, now()
  from unnest($1::uuid[]) as p (id), ${t.intent} i
  where i.id = $2::uuid
  on conflict (id) do nothing
  returning id`;
