import { createHash, randomUUID } from 'node:crypto';
import type { Claimed, ClaimWish, Ending, IntentRecord, Ledger, Submission } from '@latchkey/core';

/** Longest that any lease, wait or window in these tests holds, in milliseconds; none runs out by itself. */
export const LONG_MS = 60_000;

export const ERROR = { code: 'AMBIGUOUS', message: 'connection reset' } as const;
export const SUCCEEDED = {
  state: 'succeeded',
  result: '{"ticket":7}',
  externalId: 'T-7',
  externalUrl: 'https://desk.example/T-7',
} as const satisfies Ending;
export const FAILED = {
  state: 'failed',
  error: { code: 'DECLINED', message: 'no such customer' },
} as const satisfies Ending;
export const NOT_PERFORMED = {
  state: 'pending',
  error: { code: 'NOT_PERFORMED', message: 'connection refused' },
  dueInMs: LONG_MS,
} as const satisfies Ending;
export const IN_DOUBT = { state: 'in_doubt', error: ERROR, dueInMs: null } as const satisfies Ending;
export const DOUBT_DUE = { state: 'in_doubt', error: ERROR, dueInMs: LONG_MS } as const satisfies Ending;

/** A submission that no other test makes, with what a test says otherwise. */
export function submission(other: Partial<Submission> = {}): Submission {
  const id = other.id ?? randomUUID();
  return {
    id,
    action: 'ticket.create',
    key: `ticket.create:caseId=${id}`,
    scope: null,
    keyVersion: 1,
    fingerprint: createHash('sha256').update(id).digest('hex'),
    input: `{"caseId":"${id}"}`,
    traceparent: null,
    replayWindowMs: LONG_MS,
    submittedBy: 'producer',
    previousIds: [],
    approvalMs: null,
    entity: null,
    ...other,
  };
}

/** A wish that no other claim makes, with what a test says otherwise. */
export function wish(id: string, other: Partial<ClaimWish> = {}): ClaimWish {
  return { id, claimant: `worker/${randomUUID()}`, kind: 'idempotent', leaseMs: LONG_MS, ...other };
}

/** An action's name that no other test uses: sweeps see its intents alone. */
export function ownAction(): string {
  return `action.${randomUUID()}`;
}

/** The record of a claim that was granted. */
export function granted(claimed: Claimed): IntentRecord {
  if (claimed.kind !== 'claimed') throw new Error(`expected a claim, but it was ${claimed.kind}`);
  return claimed.record;
}

/** Submits an intent. */
export async function submitted(ledger: Ledger, other: Partial<Submission> = {}): Promise<IntentRecord> {
  return (await ledger.submit(submission(other))).record;
}

/** Submits and claims an intent. */
export async function claimed(ledger: Ledger, other: Partial<Submission> = {}): Promise<IntentRecord> {
  const { id } = await submitted(ledger, other);
  return granted(await ledger.claim(wish(id)));
}

/** Submits, claims and ends an intent. */
export async function ended(
  ledger: Ledger,
  ending: Ending,
  other: Partial<Submission> = {},
): Promise<IntentRecord> {
  return (await ledger.record(await claimed(ledger, other), ending)).record;
}

/** Reads an intent that is surely there. */
export async function found(ledger: Ledger, id: string): Promise<IntentRecord> {
  const record = await ledger.find(id);
  if (record === null) throw new Error(`no intent ${id}`);
  return record;
}
