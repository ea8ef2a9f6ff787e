import { appendFile, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEffectLog } from './effect-log.ts';
import { type LogRecord, readLog } from './log-record.ts';

const record = (n: number): LogRecord => ({
  at: '2026-11-24T10:00:00.000Z',
  kind: 'effect',
  business: `n=${n}|record`,
  detail: { n, text: 'line\nfeed, \u{1F511} and lone \uD800' },
});

const folderFor = () => mkdtempDisposable(join(tmpdir(), 'effect-log-'));

test('keeps every record of appends that arrive together, in order', async () => {
  await using folder = await folderFor();
  const file = join(folder.path, 'new', 'log.jsonl');
  const { log, past } = await openEffectLog(file);
  expect(past).toEqual([]);
  const records = Array.from({ length: 500 }, (_, n) => record(n));
  await Promise.all(records.map((one) => log.append([one])));
  await log.append([record(500), record(501)]);
  expect((await readLog(file)).records).toEqual([...records, record(500), record(501)]);
  await log.close();
});

test('closes only after what was appended is written, and takes nothing afterwards', async () => {
  await using folder = await folderFor();
  const file = join(folder.path, 'log.jsonl');
  const { log } = await openEffectLog(file);
  const appended = log.append([record(1)]);
  await log.close();
  await appended;
  expect((await readLog(file)).records).toEqual([record(1)]);
  await expect(log.append([record(2)])).rejects.toThrow('closed');
});

test('cuts off a torn last line and goes on after it', async () => {
  await using folder = await folderFor();
  const file = join(folder.path, 'log.jsonl');
  const whole = `${JSON.stringify(record(1))}\n`;
  await writeFile(file, whole + JSON.stringify(record(2)).slice(0, 20));
  const { log, past } = await openEffectLog(file);
  expect(past).toEqual([record(1)]);
  await log.append([record(3)]);
  await log.close();
  expect((await readLog(file)).records).toEqual([record(1), record(3)]);
});

test('refuses a log that is damaged before its last line, and says where', async () => {
  await using folder = await folderFor();
  const file = join(folder.path, 'log.jsonl');
  await writeFile(file, `${JSON.stringify(record(1))}\n`);
  await appendFile(file, '{"at":1}\n');
  await expect(openEffectLog(file)).rejects.toThrow('log.jsonl:2 is not a line');
});
