import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { chartsOf } from '../bench/report/charts.ts';
import { intoPage } from '../bench/report/markdown.ts';
import type { Results } from '../bench/results.ts';

const docs = new URL('../../docs/', import.meta.url);
const results = JSON.parse(await readFile(new URL('performance/results.json', docs), 'utf8')) as Results;
const page = await readFile(new URL('performance.md', docs), 'utf8');

test('docs/performance.md shows exactly what results.json says', () => {
  expect(intoPage(page, results)).toBe(page);
});

test('the charts are those of results.json, and the page shows each of them', async () => {
  for (const [name, chart] of chartsOf(results)) {
    expect(await readFile(new URL(`performance/${name}`, docs), 'utf8'), name).toBe(chart);
    expect(page).toContain(`(performance/${name})`);
  }
});

test('each chart that the page shows is there', () => {
  const shown = [...page.matchAll(/\]\((performance\/[^)]+)\)/g)].map(([, file]) => file ?? '');
  expect(shown.length).toBeGreaterThan(0);
  for (const file of shown) expect(existsSync(new URL(file, docs)), file).toBe(true);
});
