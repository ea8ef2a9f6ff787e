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
}, 120_000);

/** Types each line into an interactive zsh, and the tab key after it; prints what the line is then. */
const TYPE = `
zmodload zsh/zpty
zpty shell "TERM=dumb PS1='%% ' zsh -f -i"
zpty -w shell "autoload -Uz compinit && compinit -u -D && source $1"
zpty -w shell 'shows() { print -r -- "<<$BUFFER>>"; BUFFER="" }; zle -N shows; bindkey "^X" shows; print rea""dy'
zpty -r shell seen '*ready*'
shift
for line in "$@"; do
  zpty -w -n shell "$line"$'\t\x18'
  zpty -r shell seen '*<<*>>*'
  print -r -- "\${\${seen##*<<}%%>>*}"
done
zpty -d shell
`;

test.skipIf(spawnSync('zsh', ['--version']).error !== undefined)(
  'zsh completes them when the tab key is pressed (skipped where there is no zsh)',
  { timeout: 120_000 },
  async () => {
    const { stdout: ofZsh } = await runCli(['completion', 'zsh'], {});
    const file = path.join(inject('folder'), 'completion.zsh');
    await writeFile(file, ofZsh);
    const typed = {
      'latchkey inte': 'latchkey intents ',
      'latchkey intents --ext': 'latchkey intents --external-id ',
      'latchkey resolve some-id --rea': 'latchkey resolve some-id --reason ',
      'latchkey intents --state in_': 'latchkey intents --state in_doubt ',
      'latchkey resolve --as not': 'latchkey resolve --as not-performed ',
      'latchkey completion z': 'latchkey completion zsh ',
      'latchkey intents --scope a': 'latchkey intents --scope a',
      [`latchkey submit --actions ${file.slice(0, -2)}`]: `latchkey submit --actions ${file} `,
    };
    const lines = Object.keys(typed);
    const ended = spawnSync('zsh', ['-fc', TYPE, 'zsh', file, ...lines], {
      encoding: 'utf8',
      timeout: 90_000,
    });
    expect(ended.stderr).toBe('');
    expect(
      ended.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual(Object.values(typed).map((line) => line.trimEnd()));
  },
);

test('another shell is refused', async () => {
  const { code, stderr } = await runCli(['completion', 'fish'], {});
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh');
}, 120_000);
