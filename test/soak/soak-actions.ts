import { type AnyAction, defineAction, idempotent, transactional } from '@latchkey/core';
import { sql } from 'kysely';
import { z } from 'zod';
import {
  actionsByKind,
  type CaseInput,
  type CaseResult,
  type EffectPoint,
  postEffect,
  type Remotes,
  type Timing,
} from '../worker/setup/actions.ts';

/** Short, so that what a fault leaves behind heals in seconds; times are in milliseconds. */
export const TIMING = {
  leaseMs: 2_000,
  deadlineMs: 3_000,
  quietMs: 500,
  retry: { attempts: 8, backoffMs: 100 },
} as const satisfies Timing;

/** How long an approval may take, in milliseconds: some are left to run out. */
const APPROVAL_MS = 15_000;

/** Names of the actions beside those of the four kinds. */
export const REFUND = 'refund.pay';
export const SERIAL = 'account.post';
export const VERSIONED = 'profile.update';

/** Input of the actions on a shared entity. */
export interface TurnInput extends CaseInput {
  readonly account: string;
  /** Place in the order of submission, or version of the update. */
  readonly place: number;
}

const caseInput = z.object({
  caseId: z.string(),
  note: z.string().default(''),
  body: z.string().default(''),
});
const turnInput = caseInput.extend({ account: z.string(), place: z.int() });

/**
 * All actions of a soak: one of each kind of effect, one that needs approval, one whose intents take turns on an account,
 * and one whose updates have a version. `note` has to agree in all of them, and `body` may drift.
 */
export function soakActions(
  remotes: Remotes,
  sending: EffectPoint = async () => undefined,
): readonly AnyAction[] {
  const { leaseMs, deadlineMs, retry } = TIMING;
  const shared = { key: ['caseId'], free: ['body'], leaseMs, deadlineMs, retry } as const;
  const onAccount = (name: string) =>
    transactional<TurnInput, CaseResult>({
      perform: async ({ caseId, account, place }, { tx, intentId }) => {
        const table = sql.id(remotes.schema, 'entry');
        const { rows } = await sql<{ id: string }>`
          insert into ${table} (action, case_id, account, place) values (${name}, ${caseId}, ${account}, ${place})
          returning id::text`.execute(tx);
        await sending(intentId);
        return { result: { effectId: `N-${rows[0]?.id}` } };
      },
    });
  return [
    ...Object.values(actionsByKind(remotes, TIMING, sending)),
    defineAction({
      ...shared,
      name: REFUND,
      input: caseInput,
      approval: { required: () => true, expiresInMs: APPROVAL_MS },
      effect: idempotent({
        keyTtlMs: 3_600_000,
        perform: (given: CaseInput, ctx) => postEffect(remotes.keyedUrl, given, ctx),
      }),
    }),
    defineAction({
      ...shared,
      name: SERIAL,
      input: turnInput,
      entity: { key: ['account'], rule: 'serial' },
      effect: onAccount(SERIAL),
    }),
    defineAction({
      ...shared,
      name: VERSIONED,
      input: turnInput,
      entity: { key: ['account'], rule: 'version', version: 'place' },
      effect: onAccount(VERSIONED),
    }),
  ];
}

/** Tables of the transactional effects; they refuse no duplicate, and order what was committed. */
export const tablesOf = (schema: string): string => `
  create schema ${schema};
  create table ${schema}.booking (id bigint generated always as identity, case_id text not null);
  create table ${schema}.entry (id bigint generated always as identity, action text not null,
    case_id text not null, account text not null, place integer not null)`;
