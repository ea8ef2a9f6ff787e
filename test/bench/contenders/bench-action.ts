import { type Action, type AnyAction, defineAction, idempotent } from '@latchkey/core';
import { z } from 'zod';
import type { Effect } from '../contender.ts';

/** Input of the bench's action, and its result. */
export interface Numbered {
  readonly job: number;
}

/** Input of the action whose jobs all act on one account. */
export interface NumberedOfAccount extends Numbered {
  readonly account: string;
}

const KEY_TTL_MS = 24 * 3_600_000;
const job = z.number().int().nonnegative();
const numbered: z.ZodType<Numbered, Numbered> = z.object({ job });
const ofAccount: z.ZodType<NumberedOfAccount, NumberedOfAccount> = z.object({ job, account: z.string() });

/**
 * The bench's action, around its effect. Doing nothing, or waiting, may be repeated under the same key without harm,
 * which is what `idempotent` asks of a remote.
 */
export function benchAction(effect: Effect): Action<Numbered, Numbered> {
  return defineAction({
    name: 'work',
    input: numbered,
    key: ['job'],
    effect: idempotent({ keyTtlMs: KEY_TTL_MS, perform: performing(effect) }),
  });
}

/** The same, where all jobs act on one account, one after another. */
export function contendedAction(effect: Effect): Action<NumberedOfAccount, Numbered> {
  return defineAction({
    name: 'work',
    input: ofAccount,
    key: ['job'],
    entity: { key: ['account'], rule: 'serial' },
    effect: idempotent({ keyTtlMs: KEY_TTL_MS, perform: performing(effect) }),
  });
}

/** The number of the job that an answer is about. */
export function jobOf(answer: { readonly result?: unknown }): number {
  return (answer.result as Numbered).job;
}

function performing(effect: Effect): (input: Numbered) => Promise<{ result: Numbered }> {
  return async (input) => {
    await effect(input.job);
    return { result: { job: input.job } };
  };
}

/** An action for a producer, whose effects happen elsewhere. */
export function performedElsewhere<A extends AnyAction>(action: (effect: Effect) => A): A {
  return action(() => Promise.reject(new Error('a producer performs nothing')));
}
