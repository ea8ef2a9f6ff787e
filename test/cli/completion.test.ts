import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { runCli } from './setup/cli-process.ts';

let script: string;
beforeAll(async () => {
  const { code, stdout, stderr } = await runCli(['completion', 'bash'], {});
  expect([code, stderr]).toEqual([0, '']);
  script = path.join(inject('folder'), 'completion.bash');
  await writeFile(script, stdout);
}, 120_000);

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const asked = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _latchkey; printf '%s\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', asked, 'bash', script, ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

test('bash completes commands, flags and the values of flags', () => {
  expect(offered('latchkey', 'int')).toEqual(['intents']);
  expect(offered('latchkey', 're')).toEqual(expect.arrayContaining(['replay', 'resolve', 'reject']));
  expect(offered('latchkey', 'intents', '--ext')).toEqual(['--external-id']);
  expect(offered('latchkey', 'intents', '--state', 'in_')).toEqual(['in_doubt']);
  expect(offered('latchkey', 'resolve', '--as', 'not')).toEqual(['not-performed']);
  expect(offered('latchkey', 'completion', 'z')).toEqual(['zsh']);
  expect(offered('latchkey', 'submit', '--actions', script.slice(0, -2))).toEqual([script]);
  expect(offered('latchkey', 'intents', '--scope', '')).toEqual(['']);
});

test('zsh gets a script with what each flag does', async () => {
  const { code, stdout } = await runCli(['completion', 'zsh'], {});
  expect(code).toBe(0);
  expect(stdout).toMatch(/^#compdef latchkey\n/);
  expect(stdout).toContain("'--as[what is true at the remote]:value:(succeeded failed not-performed)'");
  const zsh = spawnSync('zsh', ['-n'], { input: stdout, encoding: 'utf8' });
  if (zsh.error === undefined) expect([zsh.status, zsh.stderr]).toEqual([0, '']);
}, 120_000);

test('another shell is refused', async () => {
  const { code, stderr } = await runCli(['completion', 'fish'], {});
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh');
}, 120_000);
