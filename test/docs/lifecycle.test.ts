import { readFile } from 'node:fs/promises';
import { TRANSITIONS } from '@latchkey/core';
import { expect, test } from 'vitest';

test('docs/lifecycle.md prints exactly the transitions that the code knows', async () => {
  const page = await readFile(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8');
  const rows = page.slice(page.indexOf('## All transitions')).match(/^\| (?!---|from).*\|$/gm);
  expect(rows).toEqual(
    TRANSITIONS.map(({ from, step, to, why }) => `| ${from ?? '(new)'} | ${step} | ${to} | ${why} |`),
  );
});
