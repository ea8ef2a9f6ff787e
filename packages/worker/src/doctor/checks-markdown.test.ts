import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checksMarkdown } from './checks-markdown.ts';

test('the checks stand in the guide for operators as they are in the code', () => {
  const guide = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
  expect(guide).toContain(checksMarkdown());
});
