import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { faultsIn } from './rows.ts';

/** A test, or a suite of tests, of faults, as it stands in the sources. */
export interface FaultTest {
  /** Path from the root of the checkout, with `/`. */
  readonly file: string;
  readonly name: string;
  readonly faults: readonly number[];
}

/** A name in quotes that begins with the faults' numbers. */
const NAME = /(['"`])(fault (?:\d+, )*\d+: .*?)\1,/g;

/** Finds the tests of faults in the sources, without loading them. */
export async function findFaultTests(root: string): Promise<FaultTest[]> {
  const found: FaultTest[] = [];
  const files: string[] = [];
  for await (const file of glob('test/**/*.test.ts', { cwd: root })) files.push(file);
  for (const file of files.sort()) {
    const source = await readFile(path.join(root, file), 'utf8');
    for (const [, , name = ''] of source.matchAll(NAME)) {
      found.push({ file: file.replaceAll('\\', '/'), name, faults: faultsIn(name) });
    }
  }
  return found;
}
