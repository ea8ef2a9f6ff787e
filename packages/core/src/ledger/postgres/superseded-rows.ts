import type { Superseded } from '../superseded.ts';
import type { PatientPool } from './patient-pool.ts';
import type { Tables } from './tables.ts';

/** Reads how an intent's earlier generations ended, the first one first. */
export function readSuperseded(pool: PatientPool, t: Tables, id: string): Promise<Superseded[]> {
  return pool.rows<Superseded>(
    `select s.generation, s.attempt, s.result, s.external_id as "externalId", s.external_url as "externalUrl",
       s.finished_at as "finishedAt", s.superseded_at as "supersededAt", s.superseded_by as "by", s.reason
     from ${t.intent} a join ${t.superseded} s on s.intent_id = coalesce(a.alias_of, a.id)
     where a.id = $1 order by s.generation`,
    [id],
  );
}
