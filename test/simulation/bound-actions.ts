import type { AnyAction, Effect, EffectContext } from '@latchkey/core';
import type { Process } from './scheduler.ts';
import { ask, send } from './send.ts';
import { nameOf, type Stage } from './stage.ts';
import type { Staged } from './transact-in-steps.ts';

/** The actions of a world as one process performs them: its sends are its own steps. */
export function boundActions(stage: Stage, who: Process): ReadonlyMap<string, AnyAction> {
  return new Map(
    stage.world.actions.map((action) => [action.name, { ...action, effect: bound(stage, who, action) }]),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: the effect of an action of any input
function bound(stage: Stage, who: Process, { effect }: AnyAction): Effect<any, unknown> {
  const request = (input: unknown, { intentId, reference, attempt }: EffectContext) => ({
    id: intentId,
    reference,
    attempt,
    fingerprint: fingerprintOf(stage, intentId, input),
  });
  if (effect.kind === 'transactional') {
    const perform = async (input: unknown, ctx: EffectContext & { tx: unknown }) => {
      await change(stage, who, ctx.tx as Staged, request(input, ctx));
      return { result: 'done' };
    };
    return { ...effect, perform };
  }
  const perform = async (input: unknown, ctx: EffectContext) => {
    await prepare(stage, who, ctx.intentId);
    ctx.aboutToSend();
    stage.effects.letOut(ctx.intentId, ctx.attempt);
    return send(stage, who, request(input, ctx), ctx.signal);
  };
  if (effect.kind !== 'reconcilable') return { ...effect, perform };
  return {
    ...effect,
    perform,
    reconcile: (_input: unknown, ctx) => ask(stage, who, ctx.intentId, ctx.reference),
  };
}

/** Whatever an effect does before it sends: a place for a pause between the start and the last check. */
function prepare(stage: Stage, who: Process, id: string): Promise<void> {
  const at = stage.scheduler.now + stage.world.preparationMs;
  const tell = () => `has prepared the request for ${nameOf(stage, id)}`;
  return stage.scheduler.call<void>({ who, kind: 'timer', at, act: () => undefined, tell });
}

/** Changes a row of the ledger's own database; it counts once the transaction commits. */
async function change(
  stage: Stage,
  who: Process,
  tx: Staged,
  request: Parameters<typeof send>[2],
): Promise<void> {
  await stage.scheduler.call<void>({
    who,
    kind: 'statement',
    intent: request.id,
    act: () => {
      tx.apply.push(() => stage.effects.land({ ...request, accepted: false }));
    },
    tell: () => `changes a row for ${nameOf(stage, request.id)}`,
  });
}

/** Tells by its content which of an intent's submissions is sent. */
function fingerprintOf(stage: Stage, id: string, input: unknown): string {
  const text = JSON.stringify(input);
  const { submissions } = stage.watch.of(id).plan;
  return submissions.find((submission) => submission.input === text)?.fingerprint ?? text;
}
