import { randomUUID } from 'node:crypto';
import { atMostOnce, defineAction, type KeyWarning } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli } from '../cli/setup/cli-process.ts';
import { layWire } from '../cli/setup/cut-wire.ts';
import { eventually } from '../faults/eventually.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { type ConsoleUnderTest, runConsole } from './setup/running-console.ts';

/** Keyed by a moment: the third intent shows that. */
const input = z.object({ caseId: z.string(), askedAt: z.string() });
const post = defineAction({
  name: 'note.post',
  input,
  key: ['caseId', 'askedAt'],
  effect: atMostOnce({ perform: async () => ({ result: null }) }),
});
const KEPT = { removeOnComplete: false };
const now = () => ({ caseId: randomUUID(), askedAt: new Date().toISOString() });

describe.each(BACKENDS)('signs of a bad key (jobs in %s)', (backend) => {
  let stage: Stage;
  let under: ConsoleUnderTest;
  const warnings: KeyWarning[] = [];
  beforeAll(async () => {
    stage = await openStage(backend);
    under = await runConsole(stage, [post]);
    await stage.startWorker([post], { onKeyWarning: (warning) => warnings.push(warning) });
    expect(await under.page('/intents')).not.toContain('Signs of bad keys');
    const queue = stage.openQueue();
    for (let n = 0; n < 3; n += 1) await queue.ended(await queue.add(post.name, now(), KEPT));
    await eventually(async () => expect(warnings).toHaveLength(1));
  });
  afterAll(() => stage.close());

  test('are listed by action and rule on the first page, and lead to an intent that shows them', async () => {
    await eventually(async () => expect(await under.page('/intents')).toContain('Signs of bad keys'));
    const list = await under.page('/intents');
    const [section = ''] = /<section class="attention attention-keys".*?<\/section>/s.exec(list) ?? [];
    expect(section.match(/<li>/g)).toHaveLength(1);
    for (const said of [
      `/intents/${warnings[0]?.intentId}"`,
      'note.post',
      'looks-like-now of askedAt',
      '3 signs',
      'leave the moment out of the key',
    ])
      expect(section).toContain(said);
    expect(await under.page('/intents?action=note.post')).not.toContain('Signs of bad keys');
  });

  test('stand in the story of that intent, on its page and on the command line', async () => {
    const id = warnings[0]?.intentId ?? '';
    await eventually(async () =>
      expect(await under.page(`/intents/${id}`)).toContain('A sign that its key is a bad one'),
    );
    expect(await under.page(`/intents/${id}`)).toContain('holds the present time again and again');
    const shown = await runCli(['show', id, '--schema', stage.settings.schema], {
      DATABASE_URL: stage.settings.databaseUrl,
    });
    expect(shown.stdout).toMatch(
      /key_warning .*rule: looks-like-now, path: askedAt, signs: 3, reason: this key/,
    );
  });
});

test('a sign that the ledger can not take down fails no delivery', async () => {
  await using stage = await openStage('redis');
  await using wire = await layWire(stage.settings.databaseUrl);
  const warnings: KeyWarning[] = [];
  const worker = await stage.startWorker([post], {
    databaseUrl: wire.url,
    onKeyWarning: (warning) => {
      warnings.push(warning);
      wire.cut();
    },
  });
  const queue = stage.openQueue();
  for (let n = 0; n < 2; n += 1) await queue.ended(await queue.add(post.name, now(), KEPT));
  const third = await queue.add(post.name, now(), KEPT);
  await eventually(async () => expect(warnings).toHaveLength(1));
  wire.mend();
  expect(await queue.ended(third)).toMatchObject({ status: 'succeeded', replayed: false, attempt: 1 });
  await worker.close();
});
