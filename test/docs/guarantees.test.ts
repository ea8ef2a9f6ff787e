import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const PAGE = new URL('../../docs/guarantees.md', import.meta.url);

test('every promise names a test that there is', async () => {
  const page = await readFile(PAGE, 'utf8');
  const named = [...page.matchAll(/\]\((\.\.\/test\/[^)]+)\): ([^|]+?) \|/g)];
  expect(named.length).toBeGreaterThan(15);
  for (const [, file = '', title = ''] of named) {
    const source = await readFile(new URL(file, PAGE), 'utf8');
    expect(source, `${file} has no test ${title}`).toContain(title);
  }
});
