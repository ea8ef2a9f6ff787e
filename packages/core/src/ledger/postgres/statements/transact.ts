import type { Tables } from '../tables.ts';

/** Records a transactional effect's success in its own transaction, under the fencing token. */
export const succeedText = (t: Tables): string => `
  update ${t.intent}
  set state = 'succeeded', result = $3, external_id = $4, external_url = $5, error = null, finished_at = now(),
    lease_until = null, due_at = null
  where id = $1::uuid and token = $2::integer and state = 'claimed'
  returning (extract(epoch from finished_at) * 1000)::float8 as finished_ms`;

/** Waits for whoever changes the row right now, then answers its state: what a lost commit came to. */
export const readBackText = (t: Tables): string => `
  select state, token from ${t.intent} where id = $1::uuid for update`;
