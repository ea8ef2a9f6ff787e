import { randomUUID } from 'node:crypto';
import type { State } from '@latchkey/core';
import type { OwnSchema } from '../own-schema.ts';

/** A state an intent can be in, and what decides beside it; times as SQL. */
export interface Scene {
  readonly name: string;
  readonly state: State;
  readonly due?: string;
  readonly lease?: string;
}

const PAST = "now() - interval '1 minute'";
const FUTURE = "now() + interval '1 hour'";

/** Every state, and each with the times that make a difference. */
export const SCENES: readonly Scene[] = [
  { name: 'awaiting approval, in time', state: 'awaiting_approval', due: FUTURE },
  { name: 'awaiting approval, too late', state: 'awaiting_approval', due: PAST },
  { name: 'pending', state: 'pending' },
  { name: 'pending, not due', state: 'pending', due: FUTURE },
  { name: 'claimed', state: 'claimed', lease: FUTURE },
  { name: 'claimed, lease over', state: 'claimed', lease: PAST },
  { name: 'in doubt, for a person', state: 'in_doubt' },
  { name: 'in doubt, not due', state: 'in_doubt', due: FUTURE },
  { name: 'in doubt, due', state: 'in_doubt', due: PAST },
  { name: 'succeeded', state: 'succeeded' },
  { name: 'failed', state: 'failed' },
  { name: 'rejected', state: 'rejected' },
  { name: 'cancelled', state: 'cancelled' },
  { name: 'expired', state: 'expired' },
];

/** Token of every row that has one: the operations name it, or one that isn't current. */
export const TOKEN = 2;

/** Writes a row into a scene, whatever operation would lead there; answers its id. */
export async function place({ sql }: OwnSchema, { state, due, lease }: Scene): Promise<string> {
  const id = randomUUID();
  const neverClaimed = ['awaiting_approval', 'rejected', 'expired'].includes(state);
  const unsent = neverClaimed || ['pending', 'cancelled'].includes(state);
  const finished = ['succeeded', 'failed', 'rejected', 'cancelled', 'expired'].includes(state);
  const token = neverClaimed ? 0 : TOKEN;
  await sql(
    `insert into intent (id, action, key, key_version, fingerprint, state, token, tries, told, kind, claimant,
       submitted_by, input, result, error, replay_window_ms, claimed_at, sent_at, lease_until, due_at, finished_at)
     values ($1, 'ticket.create', 'ticket.create:caseId=1', 1, repeat('f', 64), $2, $3, $3, $4, 'idempotent', 'worker/1',
       'producer', '{}', case when $2 = 'succeeded' then '{}' end, case when $2 in ('failed', 'in_doubt') then
       '{"code":"AMBIGUOUS","message":"reset"}' end, 60000, ${neverClaimed ? 'null' : PAST}, ${unsent ? 'null' : PAST},
       ${lease ?? 'null'}, ${due ?? 'null'}, ${finished ? 'now()' : 'null'})`,
    [id, state, token, token === 0 ? 0 : token - 1],
  );
  return id;
}

/** A row as it stands, to be compared as a whole. */
export async function rowOf({ sql }: OwnSchema, id: string): Promise<Record<string, unknown>> {
  const [row] = await sql('select * from intent where id = $1', [id]);
  return row ?? {};
}
