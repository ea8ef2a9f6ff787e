import type { Tables } from '../tables.ts';
import { plainArray } from './array-text.ts';

/** A lease to prolong. */
export interface Renewal {
  readonly id: string;
  readonly token: number;
  readonly leaseMs: number;
}

/** Prolongs leases whose token is current; answers their ids. */
export const renewText = (t: Tables): string => `
  update ${t.intent} i
  set lease_until = now() + r.lease_ms * interval '1 ms'
  from unnest($1::uuid[], $2::integer[], $3::integer[]) as r (id, token, lease_ms)
  where i.id = r.id and i.token = r.token and i.state = 'claimed'
  returning i.id`;

/** Parameters of `renewText`. */
export function renewValues(renewals: readonly Renewal[]): string[] {
  return [
    plainArray(renewals.map((r) => r.id)),
    plainArray(renewals.map((r) => r.token)),
    plainArray(renewals.map((r) => r.leaseMs)),
  ];
}
