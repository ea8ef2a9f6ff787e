import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { commandReference, exitCodesTable } from './command-reference.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/cli.md'), 'utf8');

// A command or a flag changed? test/docs/write-command-reference.ts writes the page anew.
test('the page shows every command with every argument and flag, as the program knows them', () => {
  const [, shown] = /<!-- reference -->\n([\s\S]*)<!-- end of reference -->/.exec(page) ?? [];
  expect(shown?.trim()).toBe(commandReference());
});

test('the page shows the exit codes, as the program knows them', () => {
  expect(page).toContain(exitCodesTable());
});
