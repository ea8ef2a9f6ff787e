import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type FaultTest, findFaultTests } from './find-tests.ts';
import { FAULTS, type Fault, QUEUES } from './table.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const PAGE = path.join(root, 'docs', 'faults.md');
const WRITTEN = /(<!-- written from .* -->\n)[\s\S]*(<!-- \/written -->)/;

let tests: FaultTest[];

beforeAll(async () => {
  tests = await findFaultTests(root);
});

test('numbers each fault once, and every test has a row', () => {
  expect(FAULTS.map(({ n }) => n)).toEqual(FAULTS.map((_, at) => at + 1));
  const strays = tests.filter(({ faults }) => faults.some((n) => n < 1 || n > FAULTS.length));
  expect(strays).toEqual([]);
});

test('stands in docs/faults.md as it is, with the tests that there are', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(page).toMatch(WRITTEN);
  const table = ['| # | fault | what must hold | jobs in | tests |', '| --- | --- | --- | --- | --- |'];
  for (const fault of FAULTS) table.push(`| ${cellsOf(fault).join(' | ')} |`);
  const now = page.replace(WRITTEN, (_, before, after) => `${before}\n${table.join('\n')}\n\n${after}`);
  await expect(now).toMatchFileSnapshot(PAGE);
});

function cellsOf({ n, fault, holds, queues = QUEUES }: Fault): string[] {
  const own = Map.groupBy(
    tests.filter(({ faults }) => faults.includes(n)),
    ({ file }) => file,
  );
  const named = [...own].map(([file, found]) => {
    const names = found.map(({ name }) => name.replace(/^fault [\d, ]+: /, ''));
    return `[${file}](../${file}): ${names.join('; ')}`;
  });
  return [String(n), fault, holds, queues.join(', '), named.length > 0 ? named.join('<br>') : 'none yet'];
}
