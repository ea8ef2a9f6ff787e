import { randomUUID } from 'node:crypto';
import { type Action, atMostOnce, defineAction } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openStage, type Stage } from '../worker/setup/stage.ts';
import { type Ended, runCli } from './setup/cli-process.ts';
import { variablesOf } from './setup/variables.ts';

const input = z.object({ caseId: z.string() });
const refund: Action<z.infer<typeof input>, string> = defineAction({
  name: 'refund',
  input,
  key: ['caseId'],
  approval: { required: () => true, expiresInMs: 60_000 },
  effect: atMostOnce({ perform: async () => ({ result: 'paid' }) }),
});
const WHO = ['--by', 'ada', '--reason', 'as agreed'];

describe('a verdict on the command line', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage('redis');
  });
  afterAll(() => stage.close());
  const latchkey = (...args: string[]): Promise<Ended> => runCli(args, variablesOf(stage.settings));

  test('approve is bound to what was seen; then the same intent acts', async () => {
    const client = await stage.connect(refund);
    const handle = await client.submit(refund, { caseId: randomUUID() });
    const { stdout, stderr } = await latchkey('show', handle.id);
    expect(stderr).toBe(
      'values are hidden: with --actions <module> they are shown, but for what their action redacts\n',
    );
    expect(await latchkey('show', handle.id, '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(await latchkey('show', handle.id, '--actions', './actions.ts')).toMatchObject({
      stderr: 'values are hidden: no module given exports refund\n',
    });
    const [, seen = ''] = /seen as {3}([0-9a-f]{64})/.exec(stdout) ?? [];
    expect(stdout).toContain(`latchkey approve ${handle.id} --fingerprint ${seen}`);

    expect(await latchkey('approve', handle.id, ...WHO)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--fingerprint'),
    });
    expect(await latchkey('approve', handle.id, '--dry-run', ...WHO)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('it would be done'),
    });
    expect(await latchkey('approve', handle.id, '--fingerprint', 'f'.repeat(64), ...WHO)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not what the reviewer saw'),
    });
    expect(await latchkey('approve', handle.id, '--fingerprint', seen, ...WHO)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is approved'),
    });
    expect(await latchkey('reject', handle.id, ...WHO)).toMatchObject({ code: 1 });

    await stage.startWorker([refund]);
    expect(await handle.answer()).toMatchObject({ status: 'succeeded', result: 'paid', attempt: 1 });
  });

  test('reject and cancel end an intent for good', async () => {
    const client = await stage.connect(refund);
    const [rejected, cancelled] = await client.submitMany([
      { action: refund, input: { caseId: randomUUID() } },
      { action: refund, input: { caseId: randomUUID() } },
    ]);
    for (const [verdict, handle] of [
      ['reject', rejected],
      ['cancel', cancelled],
    ] as const) {
      const other = ['--fingerprint', 'f'.repeat(64)];
      expect(await latchkey(verdict, handle?.id ?? '', ...other, ...WHO)).toMatchObject({ code: 1 });
    }
    expect(await latchkey('reject', rejected?.id ?? '', ...WHO)).toMatchObject({ code: 0, stderr: '' });
    expect(await latchkey('cancel', cancelled?.id ?? '', ...WHO)).toMatchObject({ code: 0, stderr: '' });
    expect(await rejected?.answer()).toMatchObject({ status: 'rejected', attempt: 0 });
    expect(await cancelled?.answer()).toMatchObject({ status: 'cancelled', attempt: 0 });
    const story = await client.find(cancelled?.id ?? '');
    expect(story?.story.at(-1)).toMatchObject({
      event: 'cancelled',
      actor: 'ada',
      detail: { reason: 'as agreed' },
    });
  });
});
