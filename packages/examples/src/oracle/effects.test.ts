import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countEffects, duplicatesIn, readEffects, readFaults } from './effects.ts';

const at = '2026-11-24T10:00:00.000Z';
const effect = (business: string, id: number) => ({ at, kind: 'ticket', business, detail: { id } });
const fault = { at, kind: 'fault', business: 'case=1|create', detail: { fault: 'dropAfterCommit' } };

test('counts effects by business key, apart from faults and a torn last line', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'oracle-'));
  const file = join(folder.path, 'log.jsonl');
  const records = [effect('case=1|create', 1), fault, effect('case=2|create', 2), effect('case=1|create', 3)];
  await writeFile(file, `${records.map((record) => `${JSON.stringify(record)}\n`).join('')}{"at":"20`);
  const effects = await readEffects(file);
  expect(effects.map(({ detail }) => detail.id)).toEqual([1, 2, 3]);
  expect(countEffects(effects)).toEqual(
    new Map([
      ['case=1|create', 2],
      ['case=2|create', 1],
    ]),
  );
  expect([...duplicatesIn(effects).keys()]).toEqual(['case=1|create']);
  expect(duplicatesIn(effects.slice(0, 2))).toEqual(new Map());
  expect(await readFaults(file)).toEqual([{ at, business: 'case=1|create', fault: 'dropAfterCommit' }]);
});

test('takes neither a missing nor a damaged log for an empty one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'oracle-'));
  await expect(readEffects(join(folder.path, 'none.jsonl'))).rejects.toThrow('ENOENT');
  const file = join(folder.path, 'log.jsonl');
  await writeFile(file, `garbage\n${JSON.stringify(fault)}\n`);
  await expect(readEffects(file)).rejects.toThrow('log.jsonl:1');
});
