import { type Action, atMostOnce, defineAction, type EffectContext } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { type CaseResult, postEffect } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';

const ENTITIES = 6;
const CHANGES = 5;

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
  await recorders.plain.setFaults({ slowMs: 30 });
});
afterAll(() => recorders[Symbol.asyncDispose]());

const change = z.object({ caseId: z.string(), page: z.string(), version: z.number().int() });
type Change = z.infer<typeof change>;

/** What the effects of this test saw of each other. */
interface Watch {
  readonly underWay: Set<string>;
  overlaps: number;
}

function changePage(rule: 'serial' | 'version', watch: Watch): Action<Change, CaseResult> {
  return defineAction({
    name: `page.${rule}`,
    input: change,
    key: ['caseId'],
    entity: rule === 'serial' ? { key: ['page'], rule } : { key: ['page'], rule, version: 'version' },
    effect: atMostOnce({
      perform: async ({ caseId, page }: Change, ctx: EffectContext) => {
        if (watch.underWay.has(page)) watch.overlaps += 1;
        watch.underWay.add(page);
        const done = await postEffect(recorders.plain.url, { caseId, note: '', body: page }, ctx);
        watch.underWay.delete(page);
        return done;
      },
    }),
  });
}

/** Versions that the remote has, page by page, in the order in which it made them. */
async function madeOn(stage: Stage): Promise<Map<string, number[]>> {
  const made = new Map<string, number[]>();
  for (const { detail } of await readEffects(recorders.plain.logFile)) {
    const { key, body } = detail.input as { key: string; body: string };
    if (!body.startsWith(stage.settings.schema)) continue;
    made.set(body, [...(made.get(body) ?? []), Number(key.split('v').at(-1))]);
  }
  return made;
}

describe.each(BACKENDS)('changes of shared pages (jobs in %s)', (backend) => {
  const submissions = (stage: Stage, order: readonly number[]) =>
    order.flatMap((version) =>
      Array.from({ length: ENTITIES }, (_, n) => {
        const page = `${stage.settings.schema}-${n}`;
        return { caseId: `${page}-v${version}`, page, version };
      }),
    );

  test('fault 37: that are made at once, by two workers, happen one after the other, as submitted', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const watch: Watch = { underWay: new Set(), overlaps: 0 };
    const action = changePage('serial', watch);
    const client = await stage.connect(action);
    const inputs = submissions(stage, [3, 1, 5, 2, 4]);
    const handles = [];
    for (const input of inputs) handles.push(await client.submit(action, input));
    for (let n = 0; n < 2; n += 1) await stage.startWorker([action], { concurrency: 10 });
    const answers = await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: 50_000 })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    expect(watch.overlaps).toBe(0);
    const made = [...(await madeOn(stage)).values()];
    expect(made).toEqual(Array.from({ length: ENTITIES }, () => [3, 1, 5, 2, 4]));
    await expectHealed({ task }, { stage, recorders }, ENTITIES * CHANGES);
  });

  test('fault 37: that carry versions never overwrite a newer one: the older end `stale`', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const watch: Watch = { underWay: new Set(), overlaps: 0 };
    const action = changePage('version', watch);
    const client = await stage.connect(action);
    const inputs = submissions(stage, [3, 1, 5, 2, 4]);
    const handles = [];
    for (const input of inputs) handles.push(await client.submit(action, input));
    for (let n = 0; n < 2; n += 1) await stage.startWorker([action], { concurrency: 10 });
    const answers = await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: 50_000 })));
    const stale = answers.filter(({ status }) => status === 'failed');
    expect(new Set(stale.map(({ error }) => error?.code))).toEqual(new Set(['STALE']));
    expect(watch.overlaps).toBe(0);
    for (const [page, made] of await madeOn(stage)) {
      expect(made, page).toEqual([3, 5]);
    }
    await expectHealed({ task }, { stage, recorders }, stale.length);
  });
});
