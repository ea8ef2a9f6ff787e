import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Results } from '../results.ts';
import { chartsOf } from './charts.ts';
import { intoPage } from './markdown.ts';

const DOCS = path.resolve(import.meta.dirname, '..', '..', '..', 'docs');

/** Writes a full run's results, charts and tables into docs, and answers the names of the files. */
export async function writeDocs(results: Results): Promise<string[]> {
  const folder = path.join(DOCS, 'performance');
  await mkdir(folder, { recursive: true });
  const page = path.join(DOCS, 'performance.md');
  const files = new Map([
    [path.join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`],
    ...[...chartsOf(results)].map(([name, text]) => [path.join(folder, name), text] as const),
    [page, intoPage(await readFile(page, 'utf8'), results)],
  ]);
  for (const [file, text] of files) await writeFile(file, text);
  return [...files.keys()];
}
