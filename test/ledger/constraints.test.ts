import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnSchema, ownSchema } from './own-schema.ts';

type Row = Readonly<Record<string, unknown>>;

const NOW = new Date();
const PENDING: Row = {
  action: 'ticket.create',
  key: 'ticket.create:caseId=1',
  key_version: 1,
  fingerprint: 'f'.repeat(64),
  state: 'pending',
  submitted_by: 'producer',
  input: '{}',
  replay_window_ms: 1000,
};
const CLAIMED: Row = {
  ...PENDING,
  state: 'claimed',
  token: 1,
  tries: 1,
  kind: 'idempotent',
  claimant: 'worker/1',
  claimed_at: NOW,
  sent_at: NOW,
  lease_until: NOW,
};
const IN_DOUBT: Row = { ...CLAIMED, state: 'in_doubt', lease_until: null, error: '{}', told: 1 };
const SUCCEEDED: Row = { ...CLAIMED, state: 'succeeded', lease_until: null, result: '1', finished_at: NOW };
const FAILED: Row = { ...SUCCEEDED, state: 'failed', result: null, error: '{}' };
const ENTITY = 'e'.repeat(64);

let own: OwnSchema;
beforeAll(async () => {
  own = await ownSchema();
});
afterAll(() => own.drop());

async function insert(row: Row): Promise<void> {
  const whole = { id: randomUUID(), ...row };
  const columns = Object.keys(whole);
  const places = columns.map((_, n) => `$${n + 1}`);
  await own.sql(`insert into intent (${columns}) values (${places})`, Object.values(whole));
}

describe('the table of intents accepts', () => {
  it.each(Object.entries({ PENDING, CLAIMED, IN_DOUBT, SUCCEEDED, FAILED }))('%s', async (_, row) => {
    await insert(row);
  });

  it('a tombstone', () =>
    insert({ ...SUCCEEDED, key: '', fingerprint: '', input: null, result: null, purged_at: NOW }));
});

/** One illegal row a constraint; the name is PostgreSQL's where the column has none of its own. */
const ILLEGAL: readonly (readonly [constraint: string, row: Row])[] = [
  ['intent_key_check', { ...PENDING, key: 'k'.repeat(256) }],
  ['intent_key_version_check', { ...PENDING, key_version: 0 }],
  ['intent_generation_check', { ...PENDING, generation: 0 }],
  ['rerun_has_a_time', { ...PENDING, generation: 2 }],
  ['intent_state_check', { ...PENDING, state: 'done' }],
  ['intent_check', { ...CLAIMED, tries: 2 }],
  ['intent_check', { ...PENDING, token: -1, tries: -1, told: -1 }],
  ['intent_check1', { ...CLAIMED, told: 2 }],
  ['intent_asked_check', { ...PENDING, asked: -1 }],
  ['intent_kind_check', { ...CLAIMED, kind: 'magic' }],
  ['intent_replay_window_ms_check', { ...PENDING, replay_window_ms: -1 }],
  ['intent_entity_check', { ...PENDING, entity: 'e', entity_rule: 'serial' }],
  ['intent_entity_rule_check', { ...PENDING, entity: ENTITY, entity_rule: 'any' }],
  ['entity_has_a_rule', { ...PENDING, entity: ENTITY }],
  ['version_rule_has_a_version', { ...PENDING, entity: ENTITY, entity_rule: 'version' }],
  ['version_rule_has_a_version', { ...PENDING, entity: ENTITY, entity_rule: 'serial', entity_version: 1 }],
  ['approval_has_an_end', { ...PENDING, state: 'awaiting_approval' }],
  ['fingerprint_is_sha256', { ...PENDING, fingerprint: 'f' }],
  ['unfinished_keeps_its_input', { ...PENDING, input: null }],
  ['claimed_has_a_lease', { ...CLAIMED, lease_until: null }],
  ['claimed_has_a_lease', { ...CLAIMED, claimant: null }],
  ['claimed_has_a_lease', { ...CLAIMED, claimed_at: null }],
  ['claimed_has_a_lease', { ...CLAIMED, sent_at: null }],
  ['claimed_has_a_lease', { ...CLAIMED, kind: null }],
  ['claimed_has_a_lease', { ...CLAIMED, token: 0, tries: 0 }],
  ['only_claimed_has_a_lease', { ...PENDING, lease_until: NOW }],
  ['doubt_has_a_cause', { ...IN_DOUBT, error: null }],
  ['doubt_has_a_cause', { ...IN_DOUBT, sent_at: null }],
  ['finished_has_a_time', { ...SUCCEEDED, finished_at: null }],
  ['finished_has_a_time', { ...PENDING, finished_at: NOW }],
  ['succeeded_has_a_result', { ...SUCCEEDED, result: null }],
  ['failed_has_a_reason', { ...FAILED, error: null }],
  ['purged_is_finished', { ...PENDING, purged_at: NOW }],
];

describe('the table of intents refuses', () => {
  it.each(ILLEGAL)('%s', async (constraint, row) => {
    await expect(insert(row)).rejects.toMatchObject({ code: '23514', constraint });
  });

  it('an alias of an intent that is not there', async () => {
    await expect(insert({ ...PENDING, alias_of: randomUUID() })).rejects.toMatchObject({ code: '23503' });
  });

  it('something by each of its constraints', async () => {
    const rows = await own.sql<{ name: string }>(
      "select conname as name from pg_constraint where conrelid = 'intent'::regclass and contype = 'c' order by 1",
    );
    expect(new Set(ILLEGAL.map(([constraint]) => constraint))).toEqual(new Set(rows.map(({ name }) => name)));
  });
});

describe('the history refuses', () => {
  it('an event that is no plain word', async () => {
    const text = 'insert into history (intent_id, event, attempt) values ($1, $2, 1)';
    await expect(own.sql(text, [randomUUID(), 'Not a word'])).rejects.toMatchObject({ code: '23514' });
  });
});
