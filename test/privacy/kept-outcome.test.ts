import path from 'node:path';
import { sealedUnder } from '@latchkey/core';
import { connect, startWorker } from '@latchkey/worker';
import { expect, test } from 'vitest';
import { startCli } from '../cli/setup/cli-process.ts';
import { layWire } from '../cli/setup/cut-wire.ts';
import { startHeldRemote } from '../cli/setup/held-remote.ts';
import { variablesOf } from '../cli/setup/variables.ts';
import { eventually } from '../faults/eventually.ts';
import { openStage, QUICK, quiet } from '../worker/setup/stage.ts';
import { sealed } from './sealed-action.ts';
import { everyJob, keyText, SECRETS } from './stage.ts';

const [email = ''] = SECRETS;
const MODULE = path.join(import.meta.dirname, 'sealed-action.ts');

// With jobs in PostgreSQL the queue is away together with the ledger, so that nothing can be left with a job.
test('an outcome that waits with the job while the ledger is away is sealed, and the next worker records it', async () => {
  await using stage = await openStage('redis');
  await using wire = await layWire(stage.settings.databaseUrl);
  await using remote = await startHeldRemote();
  const keys = { encryptionKeys: keyText('k1', 1) };
  const settings = { ...stage.settings, ...QUICK, ...keys, log: quiet, actions: [sealed] };
  const client = await connect(settings);
  stage.use({ [Symbol.asyncDispose]: () => client.close() });
  await using worker = startCli(
    ['worker', '--actions', MODULE],
    variablesOf(stage.settings, {
      DATABASE_URL: wire.url,
      REMOTE_URL: remote.url,
      LATCHKEY_ENCRYPTION_KEYS: keys.encryptionKeys,
    }),
  );
  await worker.logged('worker started');
  const handle = await client.submit(sealed, { caseId: 'K-1', email });
  await remote.got('/mails/K-1');
  wire.cut();
  remote.release();
  await worker.logged('outcome left with the job');

  const queue = stage.openQueue();
  const progress = (await queue.getJob(handle.id))?.progress ?? {};
  const { latchkey } = progress as { latchkey: { token: number; ending: { result: string } } };
  expect(latchkey).toMatchObject({ token: 1, ending: { state: 'succeeded' } });
  expect(sealedUnder(latchkey.ending.result)).toBe('k1');
  expect(await everyJob(stage)).not.toContain(email);
  worker.signal('SIGKILL');
  expect(await worker.ended).toMatchObject({ signal: 'SIGKILL', stdout: expect.not.stringContaining(email) });

  const next = await startWorker(settings);
  stage.use({ [Symbol.asyncDispose]: () => next.close() });
  expect(await handle.answer({ timeoutMs: 60_000 })).toMatchObject({
    status: 'succeeded',
    attempt: 1,
    result: { sentTo: email },
  });
  expect(remote.requests).toHaveLength(1);
  await eventually(async () => expect(await queue.getJobState(handle.id)).toBe('unknown'));
  const [row] = await stage.query<{ result: string }>('select result from $schema.intent');
  expect(sealedUnder(row?.result ?? '')).toBe('k1');
});
