import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openStage, type Stage } from '../worker/setup/stage.ts';
import { runCli, startCli } from './setup/cli-process.ts';
import { variablesOf } from './setup/variables.ts';

describe('latchkey serve', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage('redis');
  });
  afterAll(() => stage.close());

  test('lets in who has a token of latchkey token, and leaves on SIGTERM', async () => {
    const made = await runCli(['token', 'ada', 'operator'], {});
    const [, token = ''] = /shown once: (\S+)/.exec(made.stderr) ?? [];
    expect(made.stdout).toMatch(/^ada:operator:[0-9a-f]{64}$/);
    expect(made.stdout).not.toContain(token);
    const file = join(await mkdtemp(join(inject('folder'), 'tokens-')), 'tokens.txt');
    await writeFile(file, `# on call\n${made.stdout}\n`);
    await using cli = startCli(
      ['serve', '--host', '0.0.0.0', '--port', '0', '--tokens-file', file, '--actions', './actions.ts'],
      variablesOf(stage.settings),
    );
    const { url } = await cli.logged('console started');
    const local = String(url).replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${local}/intents`)).status).toBe(401);
    const answer = await fetch(`${local}/intents`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('ada');
    cli.signal('SIGTERM');
    await cli.logged('closing: the console answers no more; a second signal ends it at once');
    expect(await cli.ended).toMatchObject({ code: 0 });
  });

  test('refuses to be open to others without tokens, and names all that is wrong with 2', async () => {
    const env = variablesOf(stage.settings);
    const ends = await Promise.all([
      runCli(['serve', '--host', '0.0.0.0'], env),
      runCli(['serve', '--port', '99999'], { ...env, LATCHKEY_TOKENS: 'ada:chief:12' }),
      runCli(['serve'], { ...env, LATCHKEY_HOST: '0.0.0.0' }),
      runCli(['serve', '--tokens-file', '/nowhere/tokens'], env),
      runCli(['serve'], { ...env, LATCHKEY_TOKENS_FILE: '/nowhere/tokens' }),
      runCli(['serve'], { ...env, LATCHKEY_TOKEN: 'x' }),
      runCli(['token', 'ada:x', 'viewer'], {}),
    ]);
    expect(ends.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect(ends.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('- --host: 0.0.0.0 can be reached by others'),
      expect.stringMatching(/--port: got "99999"[\s\S]*the role of ada must be viewer, approver or operator/),
      expect.stringContaining('- LATCHKEY_HOST: 0.0.0.0 can be reached by others'),
      expect.stringContaining("- --tokens-file: can't be read"),
      expect.stringContaining("- LATCHKEY_TOKENS_FILE: can't be read"),
      expect.stringMatching(/LATCHKEY_TOKEN\b.*LATCHKEY_TOKENS/),
      expect.stringContaining('the name may hold'),
    ]);
  });
});
