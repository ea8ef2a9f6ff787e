import { randomUUID } from 'node:crypto';
import { type Action, atMostOnce, defineAction } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openStage, type Stage } from '../worker/setup/stage.ts';
import { type Ended, runCli } from './setup/cli-process.ts';
import { variablesOf } from './setup/variables.ts';

const input = z.object({ caseId: z.string() });
let effects = 0;
const pay: Action<z.infer<typeof input>, string> = defineAction({
  name: 'pay',
  input,
  key: ['caseId'],
  effect: atMostOnce({
    perform: async () => {
      effects += 1;
      return { result: `paid ${effects}`, externalId: `P-${effects}` };
    },
  }),
});
const WHO = ['--by', 'ada', '--reason', 'the bank sent it back'];

describe('rerun on the command line', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage('redis');
  });
  afterAll(() => stage.close());
  const latchkey = (...args: string[]): Promise<Ended> => runCli(args, variablesOf(stage.settings));

  test('says what would happen and changes nothing; names the attempt, it makes a second effect', async () => {
    const client = await stage.connect(pay);
    await stage.startWorker([pay]);
    const handle = await client.submit(pay, { caseId: randomUUID() });
    expect(await handle.answer()).toMatchObject({ result: 'paid 1', attempt: 1 });

    expect(await latchkey('rerun', handle.id, ...WHO)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SECOND effect'),
    });
    const preview = await latchkey('rerun', handle.id, '--dry-run', ...WHO);
    expect(preview).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is changed now') });
    expect(preview.stdout).toMatch(/made P-1[\s\S]*a SECOND time[\s\S]*attempt that they saw: 1/);
    expect(await handle.answer()).toMatchObject({ result: 'paid 1' });

    const done = await latchkey('rerun', handle.id, '--attempt', '1', ...WHO);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('a SECOND effect') });
    expect(await handle.answer()).toMatchObject({ result: 'paid 2', generation: 2 });
    expect(effects).toBe(2);

    const { stdout } = await latchkey('show', handle.id);
    expect(stdout).toMatch(
      /before +1: attempt 1 succeeded at .*created P-1.*superseded by ada: the bank sent it back/,
    );
    expect(stdout).toMatch(/time +2 /);
    expect(await latchkey('rerun', handle.id, '--attempt', '1', ...WHO)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('look again'),
    });
  });

  test('is refused for whatever has not succeeded', async () => {
    const waiting = await openStage('redis');
    try {
      const other = await waiting.connect(pay);
      const handle = await other.submit(pay, { caseId: randomUUID() });
      const refused = await runCli(
        ['rerun', handle.id, '--attempt', '1', ...WHO],
        variablesOf(waiting.settings),
      );
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('it is pending') });
    } finally {
      await waiting.close();
    }
    expect(await latchkey('rerun', randomUUID(), '--attempt', '1', ...WHO)).toMatchObject({ code: 1 });
  });
});
