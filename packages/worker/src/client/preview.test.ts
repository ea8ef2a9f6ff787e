import {
  atMostOnce,
  defineAction,
  type IntentRecord,
  idempotent,
  STATES,
  transactional,
} from '@latchkey/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { previewOf, VERBS } from './preview.ts';

const record = (other: Partial<IntentRecord> = {}): IntentRecord => ({
  id: '0d3c7a52-0b1e-8c44-9d0e-5b5a3f1c2e77',
  action: 'ticket.create',
  key: 'ticket.create:caseId=CASE-1042',
  scope: null,
  fingerprint: 'f'.repeat(64),
  state: 'succeeded',
  token: 1,
  generation: 1,
  tries: 1,
  kind: 'atMostOnce',
  claimant: 'worker-1/a/1',
  input: '{}',
  result: null,
  externalId: null,
  externalUrl: null,
  error: null,
  traceparent: null,
  turn: null,
  asked: 0,
  purged: false,
  createdAt: new Date(0),
  rerunAt: null,
  finishedAt: null,
  sentAgoMs: 1_000,
  claimedAgoMs: 1_000,
  leaseLeftMs: null,
  dueInMs: null,
  ...other,
});
const fields = { name: 'ticket.create', input: z.object({ caseId: z.string() }), key: ['caseId'] } as const;
const done = async () => ({ result: null });
const keyed = defineAction({ ...fields, effect: idempotent({ keyTtlMs: 120_000, perform: done }) });
const plain = defineAction({ ...fields, effect: atMostOnce({ perform: done }) });
const local = defineAction({ ...fields, effect: transactional({ perform: done }) });

describe('a preview', () => {
  it('allows in each state what the ledger allows, and nothing else', () => {
    const legal = STATES.map((state) => {
      const due = state === 'awaiting_approval' ? { dueInMs: 1_000, sentAgoMs: null } : {};
      const unsent = state === 'pending' ? { sentAgoMs: null } : {};
      const verbs = VERBS.filter((verb) => verb !== 'retry-job');
      return [
        state,
        verbs.filter(
          (verb) => previewOf(plain, record({ state, ...due, ...unsent }), verb).leadsTo !== 'refused',
        ),
      ];
    });
    expect(Object.fromEntries(legal)).toEqual({
      awaiting_approval: ['approve', 'reject', 'cancel'],
      pending: ['cancel'],
      claimed: [],
      succeeded: ['rerun'],
      failed: ['replay'],
      in_doubt: ['resolve-succeeded', 'resolve-failed', 'resolve-not-performed'],
      rejected: [],
      cancelled: [],
      expired: [],
    });
  });

  it('tells what a retry of the job does', () => {
    const of = (other: Partial<IntentRecord>) => previewOf(plain, record(other), 'retry-job');
    expect(of({ state: 'succeeded' })).toMatchObject({
      leadsTo: 'nothing',
      says: expect.stringContaining('stored result'),
    });
    expect(of({ state: 'failed' })).toMatchObject({
      leadsTo: 'effect',
      says: expect.stringContaining('is a replay'),
    });
    expect(of({ state: 'in_doubt' })).toMatchObject({
      leadsTo: 'nothing',
      says: expect.stringContaining('how to resolve'),
    });
    expect(of({ state: 'in_doubt', kind: 'reconcilable', dueInMs: 0 })).toMatchObject({ leadsTo: 'ask' });
    expect(of({ state: 'cancelled' })).toMatchObject({ leadsTo: 'nothing' });
    expect(of({ state: 'succeeded', purged: true })).toMatchObject({
      leadsTo: 'nothing',
      says: expect.stringContaining('expired'),
    });
  });

  it('warns before a doubt is resolved as not performed while the earlier holder may still send', () => {
    const silent = { code: 'LEASE_EXPIRED', message: 'silent' } as const;
    const lost = { code: 'AMBIGUOUS', message: 'reset' } as const;
    const warning = (other: Partial<IntentRecord>, action = plain as Parameters<typeof previewOf>[0]) =>
      previewOf(action, record({ state: 'in_doubt', ...other }), 'resolve-not-performed').warning;
    expect(warning({ error: silent })).toMatch(
      /worker-1\/a\/1 fell silent and isn’t known to be gone.*second effect.*then look at the remote/,
    );
    expect(warning({ error: lost })).toMatch(/its request may still be on its way.*second effect/);
    expect(warning({ error: silent, kind: 'idempotent' }, keyed)).toContain(
      'the remote drops a second request of this key',
    );
    expect(warning({ error: silent, kind: 'idempotent', sentAgoMs: 121_000 }, keyed)).not.toContain(
      'drops a second request',
    );
    expect(warning({ error: silent }, null)).toMatch(/second effect/);
    expect(warning({ error: silent, kind: 'transactional' }, local)).toBeNull();
  });

  it('says no more of a repeated key than the remote promises', () => {
    const says = (action: Parameters<typeof previewOf>[0], other: Partial<IntentRecord> = {}) =>
      previewOf(action, record({ state: 'failed', ...other }), 'replay').says;
    expect(says(plain)).toContain('the remote knows no keys');
    expect(says(local, { kind: 'transactional' })).toContain('commit together');
    expect(says(keyed, { kind: 'idempotent' })).toContain(
      'drops a second request of this key within its window',
    );
    expect(says(keyed, { kind: 'idempotent', sentAgoMs: 121_000 })).toContain('may have forgotten it');
    expect(says(plain, { token: 3 })).toContain('as attempt 4');
    expect(says(plain, { turn: 'waits' })).toContain('once it is its turn');
  });

  it('promises no cancellation of what may have reached the remote, nor an approval whose time is over', () => {
    expect(previewOf(plain, record({ state: 'pending' }), 'cancel').leadsTo).toBe('refused');
    const late = record({ state: 'awaiting_approval', dueInMs: -1 });
    expect(previewOf(plain, late, 'approve')).toMatchObject({
      leadsTo: 'refused',
      says: 'Its time for approval is over.',
    });
  });
});
