import {
  type Action,
  atMostOnce,
  defineAction,
  type EffectContext,
  idempotent,
  type Performed,
  type Reconciled,
  reconcilable,
  transactional,
} from '@latchkey/core';
import { sql } from 'kysely';
import { z } from 'zod';
import type { RecordedEffect } from '../../../packages/examples/src/remotes/effect-recorder.ts';

/** Schema of the input of all test actions. */
export const caseInput = z.object({
  caseId: z.string(),
  /** Must agree between two submissions of one intent. */
  note: z.string().default(''),
  /** May drift. */
  body: z.string().default(''),
});

/** Input of all test actions. */
export type CaseInput = z.infer<typeof caseInput>;
/** What a submission to a test action gives. */
export type CaseDraft = z.input<typeof caseInput>;
/** Result of all test actions: the id that the remote gave. */
export interface CaseResult {
  readonly effectId: string;
}
/** A test action. */
export type CaseAction = Action<CaseInput, CaseResult, CaseDraft>;

/** Where the effects go. */
export interface Remotes {
  /** An effect recorder that records whatever is sent to it. */
  readonly recorderUrl: string;
  /** An effect recorder that honours `Idempotency-Key`. */
  readonly keyedUrl: string;
  /** Schema that holds the table of the transactional effects; see `bookings` in `oracle.ts`. */
  readonly schema: string;
}

/**
 * What a test may choose of its actions; times are in milliseconds. Leases and deadlines are so long that a slow machine
 * changes nothing by itself: tests age the rows instead of waiting.
 */
export interface Timing {
  readonly leaseMs?: number;
  readonly deadlineMs?: number;
  readonly quietMs?: number;
  readonly whenAbsent?: 'hold' | 'perform';
  readonly keyTtlMs?: number;
  readonly replayWindowMs?: number;
  readonly retry?: { readonly attempts?: number; readonly backoffMs?: number };
}

/** Lets a test stop an effect between its statement and the commit; see `worker-main.ts`. */
export type EffectPoint = (intentId: string) => Promise<void>;

/** One action of each kind. */
export interface ActionsByKind {
  readonly atMostOnce: CaseAction;
  readonly reconcilable: CaseAction;
  readonly idempotent: CaseAction;
  readonly transactional: CaseAction;
}

/** All four kinds, in the order in which tests list them. */
export const KINDS = ['atMostOnce', 'reconcilable', 'idempotent', 'transactional'] as const;

const fields = { input: caseInput, key: ['caseId'], free: ['body'] } as const;

/** Makes one action of each kind; all of them record their case at their remote. */
export function actionsByKind(
  remotes: Remotes,
  timing: Timing = {},
  written: EffectPoint = async () => undefined,
): ActionsByKind {
  const { quietMs = 200, whenAbsent = 'hold', keyTtlMs = 3_600_000, ...rest } = timing;
  const { leaseMs = 60_000, deadlineMs = 60_000 } = timing;
  const times = { ...rest, leaseMs, deadlineMs, retry: { backoffMs: 50, ...timing.retry } };
  const plain = (given: CaseInput, ctx: EffectContext) => postEffect(remotes.recorderUrl, given, ctx);
  return {
    atMostOnce: defineAction({
      ...fields,
      ...times,
      name: 'message.send',
      effect: atMostOnce({ perform: plain }),
    }),
    reconcilable: defineAction({
      ...fields,
      ...times,
      name: 'page.publish',
      effect: reconcilable({
        quietMs,
        whenAbsent,
        perform: plain,
        reconcile: (given: CaseInput, ctx) => askForEffect(remotes.recorderUrl, given, ctx),
      }),
    }),
    idempotent: defineAction({
      ...fields,
      ...times,
      name: 'ticket.open',
      effect: idempotent({
        keyTtlMs,
        perform: (given: CaseInput, ctx) => postEffect(remotes.keyedUrl, given, ctx),
      }),
    }),
    transactional: defineAction({
      ...fields,
      ...times,
      name: 'stock.book',
      effect: transactional({
        perform: async ({ caseId }: CaseInput, { tx, intentId }) => {
          const table = sql.id(remotes.schema, 'booking');
          const booked = await sql<{ id: string }>`
            insert into ${table} (case_id) values (${caseId}) returning id::text`.execute(tx);
          await written(intentId);
          return { result: { effectId: `B-${booked.rows[0]?.id}` } };
        },
      }),
    }),
  };
}

/**
 * Records one effect. The body carries what the context promises to be the same in every attempt, so that a remote
 * that compares payloads under a key would refuse a repeated request that isn't byte for byte the first one.
 */
export async function postEffect(
  url: string,
  { caseId, body }: CaseInput,
  ctx: EffectContext,
): Promise<Performed<CaseResult>> {
  const response = await ctx.fetch(`${url}/effects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      action: ctx.action,
      key: caseKey(caseId, ctx.scope),
      body,
      startedAt: ctx.startedAt,
      dice: ctx.random(),
    }),
  });
  return performedBy((await response.json()) as RecordedEffect);
}

async function askForEffect(
  url: string,
  { caseId }: CaseInput,
  ctx: EffectContext,
): Promise<Reconciled<CaseResult>> {
  const query = new URLSearchParams({ action: ctx.action, key: caseKey(caseId, ctx.scope) });
  const response = await ctx.fetch(`${url}/effects?${query}`);
  const { effects } = (await response.json()) as { effects: RecordedEffect[] };
  const [effect] = effects;
  return effect === undefined ? { found: false } : { found: true, ...performedBy(effect) };
}

function performedBy({ effectId }: RecordedEffect): Performed<CaseResult> {
  return { result: { effectId }, externalId: effectId };
}

function caseKey(caseId: string, scope: string | null): string {
  return scope === null ? caseId : `${scope}/${caseId}`;
}
