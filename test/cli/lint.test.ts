import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from './setup/cli-process.ts';

const fixture = (name: string): string => path.resolve(import.meta.dirname, '../lint', `${name}.ts`);
const lint = (...args: string[]) => runCli(['lint', ...args], {});

describe('latchkey lint', () => {
  test('ends with 0 where nothing is found, without a database', async () => {
    const { code, stdout, stderr } = await lint('--actions', fixture('good/ticket-per-case'));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1 action: nothing found', stderr: '' });
  });

  test('says rule, place, reason and way out, and ends with 1', async () => {
    const { code, stdout } = await lint('-a', fixture('bad/run-id'), '-a', fixture('bad/subject'));
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^error key-run: ticket\.create, runId \(.*run-id\.ts\)\n {2}an agent .*\n {2}→ name the case/,
    );
    expect(stdout).toContain('warning key-wording: mail.send, subject');
    expect(stdout.split('\n').at(-1)).toBe('2 actions: 1 error, 1 warning');
  });

  test('ends with 0 where all that is found are warnings', async () => {
    expect((await lint('--actions', fixture('bad/subject'))).code).toBe(0);
  });

  test('reports a definition that is refused, and goes on with the other modules', async () => {
    const { code, stdout } = await lint(
      '-a',
      fixture('bad/ignores-distinguishing'),
      '-a',
      fixture('bad/pid'),
      '--json',
    );
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as {
      findings: { rule: string; action: string; reason: string }[];
    };
    expect(findings.map(({ rule, action }) => [rule, action])).toEqual([
      ['invalid-definition', 'message.send'],
      ['key-pid', 'export.run'],
    ]);
    expect(findings[0]?.reason).toContain('distinguish: recipient tells intents apart');
  });

  test('ends with 2 where a module is not there, does not load or exports no action', async () => {
    for (const module of ['./nowhere.ts', './throws.ts', './no-action.ts']) {
      const { code, stdout, stderr } = await lint('--actions', module);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`--actions ${module}`);
    }
    expect(await lint()).toMatchObject({ code: 2, stderr: expect.stringContaining('--actions: missing') });
  });
});
