import { atMostOnce, defineAction, type EffectContext, idempotent, reconcilable } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CaseInput, caseInput, postEffect } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

const fields = { input: caseInput, key: ['caseId'] } as const;
const send = (input: CaseInput, ctx: EffectContext) => postEffect(recorders.plain.url, input, ctx);

/** Sends once more when the first is done; the refusal ends the attempt. */
async function twice(input: CaseInput, ctx: EffectContext) {
  await send(input, ctx);
  return send(input, ctx);
}

/** Sends two at once, and takes whichever went out. */
const atOnce = (input: CaseInput, ctx: EffectContext) => Promise.any([send(input, ctx), send(input, ctx)]);

describe.each(BACKENDS)('with jobs in %s', (backend) => {
  test('fault 36: an effect that sends a second time is refused it, and one intent has one effect', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const reconcile = async () => ({ found: true, result: { effectId: 'seen' } }) as const;
    const actions = [
      defineAction({ ...fields, name: 'twice.held', effect: atMostOnce({ perform: twice }) }),
      defineAction({
        ...fields,
        name: 'twice.asked',
        effect: reconcilable({ quietMs: 100, perform: twice, reconcile }),
      }),
      defineAction({ ...fields, name: 'twice.at-once', effect: atMostOnce({ perform: atOnce }) }),
      defineAction({
        ...fields,
        name: 'twice.keyed',
        retry: { attempts: 1 },
        effect: idempotent({ keyTtlMs: 3_600_000, perform: twice }),
      }),
    ];
    const client = await stage.connect(...actions);
    await stage.startWorker(actions);
    const caseId = stage.settings.schema;
    const answers = [];
    for (const action of actions) {
      const handle = await client.submit(action, { caseId });
      answers.push(await handle.answer({ timeoutMs: 120_000 }));
    }
    expect(answers.map(({ status }) => status)).toEqual(['in_doubt', 'succeeded', 'succeeded', 'in_doubt']);
    for (const { error } of answers.filter(({ status }) => status === 'in_doubt')) {
      expect(error).toMatchObject({
        code: 'SECOND_EFFECT',
        message: expect.stringContaining('Make it an action of its own'),
      });
    }
    await expectHealed({ task }, { stage, recorders }, actions.length);
  });
});
