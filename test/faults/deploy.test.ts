import { atMostOnce, defineAction } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CaseAction, type CaseInput, caseInput, postEffect } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';

const CASES = 30;
const EARLIER = 5;

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

const effect = atMostOnce({
  perform: (input: CaseInput, ctx) => postEffect(recorders.plain.url, input, ctx),
});

/** The action as the old code has it. */
const oldSend = (): CaseAction =>
  defineAction({ name: 'message.send', input: caseInput, key: ['caseId'], free: ['body'], effect });

/** The action after the deploy: the note belongs to its key. */
const newSend = (): CaseAction =>
  defineAction({
    name: 'message.send',
    input: caseInput,
    key: ['caseId', 'note'],
    keyVersion: 2,
    previousKeys: [{ version: 1, key: ['caseId'], until: new Date(Date.now() + 3_600_000).toISOString() }],
    free: ['body'],
    effect,
  });

/** An action that came with the deploy. */
const announce = (): CaseAction =>
  defineAction({ name: 'message.announce', input: caseInput, key: ['caseId'], effect });

const casesOf = (stage: Stage, prefix: string) =>
  Array.from({ length: CASES }, (_, n) => ({ caseId: `${stage.settings.schema}-${prefix}-${n}`, note: 'n' }));

describe.each(BACKENDS)('workers of two versions (jobs in %s)', (backend) => {
  test('fault 40: under other key fields find the same intents, whoever takes the jobs', async ({ task }) => {
    await using stage = await openStage(backend);
    const [old, now] = [oldSend(), newSend()];
    const [oldClient, newClient] = [await stage.connect(old), await stage.connect(now)];
    await stage.startWorker([old], { concurrency: 5 });
    await stage.startWorker([now], { concurrency: 5 });
    const queue = stage.openQueue();
    const inputs = casesOf(stage, 'send');
    const handles = await Promise.all(
      inputs.flatMap((input) => [oldClient.submit(old, input), newClient.submit(now, input)]),
    );
    const kept = { removeOnComplete: false };
    const jobs = await Promise.all(inputs.map((input) => queue.add(old.name, input, kept)));
    const answers = await Promise.all(handles.map((handle) => handle.answer({ timeoutMs: 40_000 })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    const fromJobs = await Promise.all(jobs.map((job) => queue.ended(job)));
    for (const [n] of inputs.entries()) {
      const [first, second] = [answers[2 * n], answers[2 * n + 1]];
      expect(second?.externalId).toBe(first?.externalId);
      expect(fromJobs[n]).toMatchObject({ status: 'succeeded', externalId: first?.externalId });
    }
    expect(new Set(answers.map(({ externalId }) => externalId)).size).toBe(CASES);
    await expectHealed({ task }, { stage, recorders }, CASES);
  });

  test('fault 40: of which only the new one knows an action perform it all the same, once', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const [old, added] = [oldSend(), announce()];
    const client = await stage.connect(added);
    await stage.startWorker([old]);
    const handles = await client.submitMany(
      casesOf(stage, 'early')
        .slice(0, EARLIER)
        .map((input) => ({ action: added, input })),
    );
    const queue = stage.openQueue();
    const refusals = async () => {
      const jobs = await Promise.all(handles.map(({ id }) => queue.getJob(id)));
      return jobs.filter((job) => job?.failedReason?.startsWith('UNKNOWN_ACTION')).length;
    };
    await expect.poll(refusals, { timeout: 20_000 }).toBe(EARLIER); // the deploy reached the producer first
    await stage.startWorker([old, added]);
    const more = await client.submitMany(casesOf(stage, 'during').map((input) => ({ action: added, input })));
    const answers = await Promise.all(
      [...handles, ...more].map((handle) => handle.answer({ timeoutMs: 50_000 })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    await expectHealed({ task }, { stage, recorders }, EARLIER);
  });

  test('fault 40: whose schemas differ do not both start, and the one that runs goes on', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const send = oldSend();
    const client = await stage.connect(send);
    const running = await stage.startWorker([send]);
    await stage.query("insert into $schema.migration (version, name) values (9999, 'of a newer release')");
    const late = stage.startWorker([send]);
    await expect(late).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('deploy the newer code here too'),
    });
    const handle = await client.submit(send, { caseId: `${stage.settings.schema}-during` });
    expect(await handle.answer()).toMatchObject({ status: 'succeeded', attempt: 1 });
    await running.close();

    // the other way round: this code is the newer one, and the migration wasn't run yet
    await stage.query('delete from $schema.migration where version = 9999');
    await stage.query('update $schema.migration set version = version - 1000');
    await expect(stage.startWorker([send])).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('run `latchkey migrate`'),
    });
    await stage.query('update $schema.migration set version = version + 1000');
    await stage.startWorker([send]);
    await expectHealed({ task }, { stage, recorders }, 2);
  });
});
