import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli/setup/cli-process.ts';

interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly path?: string;
  readonly reason: string;
  readonly wayOut: string;
  readonly module: string;
}

const fixtures = (folder: string): string[] =>
  globSync(`${folder}/*.ts`, { cwd: import.meta.dirname })
    .map((file) => path.join(import.meta.dirname, file))
    .sort();
const bad = fixtures('bad');
const good = fixtures('good');

/** The first line of a bad definition says which rule catches it, and where; or what the refusal says. */
const expectedOf = (file: string): { rule: string; place: string } => {
  const [, rule = '', place = ''] = /^\/\/ caught by: (\S+) ?(.*)/.exec(readFileSync(file, 'utf8')) ?? [];
  return { rule, place };
};

let found: readonly Found[] = [];
let code: number | null = null;
beforeAll(async () => {
  const modules = [...bad, ...good];
  const ended = await runCli(['lint', '--json', ...modules.flatMap((module) => ['--actions', module])], {});
  code = ended.code;
  found = (JSON.parse(ended.stdout || '{}') as { findings: Found[] }).findings;
}, 180_000);
const foundIn = (file: string): readonly Found[] => found.filter(({ module }) => module === file);

describe('the key lint', () => {
  test('has enough to show what it does', () => {
    expect(bad.length).toBeGreaterThanOrEqual(30);
    expect(good.length).toBeGreaterThanOrEqual(30);
    expect(code).toBe(1);
  });

  test.each(bad.map((file) => [path.basename(file, '.ts'), file]))('catches %s', (_, file) => {
    const { rule, place } = expectedOf(file);
    const caught = foundIn(file).filter((one) => one.rule === rule);
    expect(caught, JSON.stringify(foundIn(file), null, 2)).toHaveLength(1);
    const [one] = caught;
    if (rule === 'invalid-definition') expect(one?.reason).toContain(place);
    else if (place !== '') expect(one?.path).toBe(place);
    expect(one?.reason).not.toBe('');
    expect(one?.wayOut).not.toBe('');
  });

  test.each(good.map((file) => [path.basename(file, '.ts'), file]))('has nothing against %s', (_, file) => {
    expect(foundIn(file)).toEqual([]);
  });
});
