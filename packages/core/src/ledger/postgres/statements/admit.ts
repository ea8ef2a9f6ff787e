import type { ClaimWish, Submission } from '../../ledger.ts';
import type { Tables } from '../tables.ts';
import { plainArray, textArray } from './array-text.ts';
import { submissionRows, submissionValues } from './submit.ts';

/** A submission that is to be claimed at once. */
export interface Admission {
  readonly submission: Submission;
  readonly wish: ClaimWish;
}

/**
 * Writes new intents as claimed and passes over those that are there; answers the ids that are new. An intent and its
 * claim come from one `unnest`: a join of two would compare each with each.
 */
export const admitText = (t: Tables): string => `
  insert into ${t.intent} (id, action, key, scope, key_version, fingerprint, state, input, traceparent,
    replay_window_ms, submitted_by, token, tries, kind, claimant, sent_at, claimed_at, lease_until)
  select s.id, s.action, s.key, s.scope, s.key_version, s.fingerprint, 'claimed', s.input, s.traceparent,
    s.replay_window_ms, s.submitted_by, 1, 1, s.kind, s.claimant, now(), now(), now() + s.lease_ms * interval '1 ms'
  from ${submissionRows([
    ['claimant', 'text'],
    ['kind', 'text'],
    ['lease_ms', 'integer'],
  ])}
  on conflict (id) do nothing
  returning id, (extract(epoch from created_at) * 1000)::float8 as created_ms`;

/** Parameters of `admitText`. */
export function admitValues(admissions: readonly Admission[]): string[] {
  return [
    ...submissionValues(admissions.map((a) => a.submission)),
    textArray(admissions.map((a) => a.wish.claimant)),
    textArray(admissions.map((a) => a.wish.kind)),
    plainArray(admissions.map((a) => a.wish.leaseMs)),
  ];
}
