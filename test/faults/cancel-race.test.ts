import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionsByKind } from '../worker/setup/actions.ts';
import { type Recorders, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';

/** Enough that some are cancelled before their claim, some are claimed before, and some at the same moment. */
const INTENTS = 150;

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
  await recorders.plain.setFaults({ slowMs: 20 });
});
afterAll(() => recorders[Symbol.asyncDispose]());

test.for(BACKENDS)(
  'fault 29: what is cancelled while it is claimed is cancelled or performed, never both (jobs in %s)',
  async (backend, { task }) => {
    await using stage = await openStage(backend);
    const { atMostOnce: send } = actionsByKind(remotesOf(stage, recorders));
    const client = await stage.connect(send);
    const handles = await client.submitMany(
      Array.from({ length: INTENTS }, (_, n) => ({
        action: send,
        input: { caseId: `${stage.settings.schema}-${n}` },
      })),
    );
    await stage.startWorker([send], { concurrency: 4 });
    await handles[0]?.answer({ timeoutMs: 30_000 });
    const tries = await Promise.allSettled(
      handles.map(({ id }) => client.cancel(id, { by: 'ada', reason: 'not wanted any more' })),
    );
    const answers = await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: 120_000 })));
    for (const [n, { status }] of answers.entries()) {
      const tried = tries[n];
      expect(status).toBe(tried?.status === 'fulfilled' ? 'cancelled' : 'succeeded');
      if (tried?.status === 'rejected') expect(tried.reason).toMatchObject({ code: 'NOT_LEGAL' });
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded', 'cancelled']));
    await expectHealed({ task }, { stage, recorders }, INTENTS);
  },
);
