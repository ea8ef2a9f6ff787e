import { KeyMissing, sealedUnder } from '@latchkey/core';
import { connect, startWorker } from '@latchkey/worker';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../cli/setup/cli-process.ts';
import { variablesOf } from '../cli/setup/variables.ts';
import { reportFault } from '../faults/report.ts';
import { BACKENDS, openStage, QUICK, quiet, type Stage } from '../worker/setup/stage.ts';
import { everyJob, everyRow, keyText, linesOf, SECRETS, secretive } from './stage.ts';

const [email = '', pin = ''] = SECRETS;
const K1 = keyText('k1', 1);
const K2 = keyText('k2', 2);

describe.each(BACKENDS)('with jobs in %s', (backend) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(backend);
  });
  afterAll(() => stage.close());
  const rows = (caseId: string) =>
    stage.query<{ id: string; input: string; result: string | null; error: string | null; state: string }>(
      'select * from $schema.intent where key = $1',
      [`ticket.create:caseId=${caseId}`],
    );

  describe('an action that encrypts', () => {
    test('fault 48: leaves no secret in any table, in the queue or in the log, and everybody with the key reads it', async (ctx) => {
      const { action, seen } = secretive({ encrypt: true });
      const { log, lines } = linesOf();
      const settings = { ...stage.settings, ...QUICK, encryptionKeys: K1, log };
      const worker = await startWorker({ ...settings, actions: [action] });
      const client = await connect({ ...settings, actions: [action] });
      try {
        const good = { caseId: 'E-1', fails: false, email, pin };
        const done = await client.submit(action, good);
        const declined = await client.submit(action, { caseId: 'E-2', fails: true, email, pin });
        expect(await done.answer()).toMatchObject({ result: { token: SECRETS[2] }, externalId: 'T-1' });
        expect((await declined.answer()).error?.message).toBe(`unknown: ${email} with ${pin}`);
        expect(seen).toHaveLength(2);

        const again = await client.submit(action, { ...good, pin: 'another' });
        expect(await again.answer()).toMatchObject({ replayed: true, drift: ['pin'] });
        await expect(client.submit(action, { ...good, email: 'other@example.com' })).rejects.toMatchObject({
          code: 'INTENT_CONFLICT',
          fields: ['email'],
        });
        expect(JSON.stringify((await client.find(declined.id))?.story)).toContain(email);

        const jobs = stage.openQueue();
        await vi.waitFor(async () => expect(await everyJob(stage)).toContain('DECLINED'), {
          timeout: 20_000,
        });
        const places = { tables: await everyRow(stage), queue: await everyJob(stage), log: lines.join('\n') };
        await jobs.close();
        for (const [place, text] of Object.entries(places)) {
          expect(text.length, place).toBeGreaterThan(0);
          for (const secret of SECRETS) expect(text, place).not.toContain(secret);
        }
        expect(places.log).toContain('performing');
        reportFault(ctx, {
          times: 2,
          wanted: 1,
          done: seen.filter((one) => !(one as { fails: boolean }).fails).length,
        });
      } finally {
        await client.close();
        await worker.close();
      }
    });

    test('is refused at the start where no key is given', async () => {
      const { action } = secretive({ encrypt: true });
      const starting = startWorker({ ...stage.settings, actions: [action], log: quiet });
      await expect(starting).rejects.toThrow(/LATCHKEY_ENCRYPTION_KEYS: missing, but ticket\.create/);
      await expect(connect({ ...stage.settings, actions: [action], log: quiet })).rejects.toThrow(
        /MISSING|missing/,
      );
    });

    test('after a rotation reads what is old and writes under the new key; without the old key it says which is missing', async () => {
      const { action, seen } = secretive({ encrypt: true });
      const input = { caseId: 'R-1', fails: false, email, pin };
      const shared = { ...stage.settings, ...QUICK, log: quiet, actions: [action] };
      const before = await connect({ ...shared, encryptionKeys: K1 });
      const waiting = await before.submit(action, input);
      expect(sealedUnder((await rows('R-1'))[0]?.input ?? '')).toBe('k1');

      // nobody has k1: the intent waits, unharmed, and its error names the key
      const { log, lines } = linesOf();
      const without = await startWorker({ ...shared, log, encryptionKeys: K2 });
      await vi.waitFor(
        async () => expect((await rows('R-1'))[0]?.error).toMatch(/KEY_MISSING.*under key k1/),
        {
          timeout: 30_000,
        },
      );
      expect((await rows('R-1'))[0]?.state).toBe('pending');
      const counted = "select tries from $schema.intent where key = 'ticket.create:caseId=R-1'";
      expect(await stage.query(counted)).toEqual([{ tries: 0 }]);
      expect(lines.join('\n')).toContain('KEY_MISSING');
      expect(seen).toHaveLength(0);
      await without.close();

      await stage.query("update $schema.intent set due_at = now() where key = 'ticket.create:caseId=R-1'");
      const worker = await startWorker({ ...shared, encryptionKeys: `${K2},${K1}` });
      const after = await connect({ ...shared, encryptionKeys: `${K2},${K1}` });
      await (await after.submit(action, input)).answer();
      expect(await after.find(waiting.id)).toMatchObject({ answer: { result: { token: SECRETS[2] } } });
      expect(seen).toEqual([input]);
      const [row] = await rows('R-1');
      expect([sealedUnder(row?.input ?? ''), sealedUnder(row?.result ?? '')]).toEqual(['k1', 'k2']);

      // the old client has no k2: a clear error, no wrong answer
      await expect(waiting.answer()).rejects.toThrow(KeyMissing);
      await expect(waiting.answer()).rejects.toThrow(/under key k2/);
      await Promise.all([before.close(), after.close(), worker.close()]);
    });

    test('is shown by the command line with the key, and named by its key without', async () => {
      const [row] = await rows('R-1');
      const env = variablesOf(stage.settings, {});
      const bare = await runCli(['show', row?.id ?? ''], env);
      expect(bare.code).toBe(0);
      expect(bare.stdout).toContain('[encrypted under key k1]');
      expect(bare.stdout).toContain('[encrypted under key k2]');
      const keyed = await runCli(['show', row?.id ?? ''], {
        ...env,
        LATCHKEY_ENCRYPTION_KEYS: `${K2},${K1}`,
      });
      expect(keyed.stdout).toContain('"email":"[redacted]"');
      for (const secret of SECRETS) expect(`${bare.stdout}${keyed.stdout}`).not.toContain(secret);
      const wrong = await runCli(['show', row?.id ?? ''], { ...env, LATCHKEY_ENCRYPTION_KEYS: 'k1:hunter2' });
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain('LATCHKEY_ENCRYPTION_KEYS');
      expect(wrong.stderr).not.toContain('hunter2');
    });
  });

  describe('an action that redacts', () => {
    test('fault 48: keeps the named values out of errors, failed jobs, return values and the log', async (ctx) => {
      const { action, seen } = secretive({ name: 'ticket.redact', redact: ['email', 'pin', 'token'] });
      const { log, lines } = linesOf();
      const worker = await startWorker({ ...stage.settings, ...QUICK, log, actions: [action] });
      const queue = stage.openQueue();
      try {
        const client = await stage.connect(action);
        const declined = await client.submit(action, { caseId: 'X-2', fails: true, email, pin });
        expect((await declined.answer()).error?.message).toBe('unknown: [redacted] with [redacted]');
        const done = await client.submit(action, { caseId: 'X-1', fails: false, email, pin });
        expect(await done.answer()).toMatchObject({ result: { token: SECRETS[2] } }); // whoever submitted it has it
        await vi.waitFor(async () => expect(await everyJob(stage)).toContain('[redacted] with'), {
          timeout: 20_000,
        });
        const places = { queue: await everyJob(stage), log: lines.join('\n') };
        const errors = await stage.query<{ error: string | null }>('select error from $schema.intent');
        const history = await stage.query<{ detail: string | null }>('select detail from $schema.history');
        for (const text of [...Object.values(places), JSON.stringify(errors), JSON.stringify(history)])
          for (const secret of SECRETS) expect(text).not.toContain(secret);
        reportFault(ctx, {
          times: 1,
          wanted: 1,
          done: seen.filter((one) => !(one as { fails: boolean }).fails).length,
        });
      } finally {
        await queue.close();
        await worker.close();
      }
    });
  });
});
