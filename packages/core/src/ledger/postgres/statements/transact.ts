import type { Tables } from '../tables.ts';
import { rememberObjects } from './external-objects.ts';

/**
 * Records a transactional effect's success in its own transaction, under the fencing token. In there `now()` is when
 * the transaction began, so that the time of the end is read off the clock.
 */
export const succeedText = (t: Tables): string => `
  with finished as (
    update ${t.intent}
    set state = 'succeeded', result = $3, external_id = $4, external_url = $5, error = null,
      finished_at = clock_timestamp(), lease_until = null, due_at = null
    where id = $1::uuid and token = $2::integer and state = 'claimed'
    returning id, created_xid, external_id
  ), made as (
    ${rememberObjects(t, 'finished')}
  )
  select id from finished`;

/**
 * Waits for whoever changes the row right now, then answers its state: what a lost commit came to. As a lock is
 * written to the log, its own commit waits until what it read is durable.
 */
export const readBackText = (t: Tables): string => `
  select state, token from ${t.intent} where id = $1::uuid for update`;
