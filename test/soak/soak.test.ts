import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { QueueKind } from '@latchkey/worker';
import { describe, expect, inject, test, vi } from 'vitest';
import { BACKENDS } from '../worker/setup/stage.ts';
import { faultsOf, USUAL } from './chaos.ts';
import type { Ground } from './ground.ts';
import { failuresOf, tableOf } from './report.ts';
import { type SoakOptions, soakBackend } from './soak-backend.ts';

/** Every fault until it has landed once, close together; time may be up before. */
const HURRIED = { pauseMs: [50, 300], atOnce: 4, once: true } as const;
/** Enough for a machine that is busy with other things. */
const LONGEST_MS = 180_000;

/** Makes a remote's log tell an effect twice. */
async function tellTwice({ remotes }: Ground): Promise<void> {
  const first = await firstEffect(remotes.plain.logFile);
  await appendFile(remotes.plain.logFile, `${first}\n`);
}

async function firstEffect(logFile: string): Promise<string | undefined> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.split('\n').find((line) => line.includes('"kind":"effect"'));
}

/** Soaks until so many milliseconds after the first effect. */
async function soakFor(ms: number, backend: QueueKind, name: string, more: Partial<SoakOptions> = {}) {
  const folder = path.join(inject('folder'), name);
  const enough = new AbortController();
  const soaked = soakBackend({
    backend,
    seed: 7,
    rate: 15,
    temper: USUAL,
    folder,
    signal: enough.signal,
    say: () => undefined,
    ...more,
  });
  const logFile = path.join(folder, backend, 'effects-plain.jsonl');
  const begun = vi.waitUntil(() => firstEffect(logFile), { timeout: LONGEST_MS, interval: 200 });
  await Promise.race([begun, soaked]);
  setTimeout(() => enough.abort(), ms);
  return soaked;
}

describe.each(BACKENDS)('with jobs in %s', { concurrent: true }, (backend) => {
  test('faults of every place land, and all of it holds', { timeout: 2 * LONGEST_MS }, async () => {
    const outcome = await soakFor(20_000, backend, 'soak', { temper: HURRIED });
    expect(failuresOf(outcome), `${tableOf([outcome])}\n${outcome.stories.join('\n')}`).toEqual([]);
    const landed = faultsOf(backend).filter(({ name }) => (outcome.faults.get(name)?.landed ?? 0) > 0);
    expect([...new Set(landed.map(({ at }) => at))]).toEqual(
      expect.arrayContaining(['worker', 'postgres', 'remote']),
    );
    expect(landed.length).toBeGreaterThan(8);
    expect(outcome.totals.done).toBeGreaterThan(10);
  });
});

test('a second effect in a log fails the soak, and its story is told', { timeout: LONGEST_MS }, async () => {
  const outcome = await soakFor(0, 'postgres', 'soak-forged', { beforeAudit: tellTwice });
  expect(failuresOf(outcome)).toMatchObject([{ what: expect.stringMatching(/^2 effects for /) }]);
  expect(outcome.stories).toEqual([expect.stringMatching(/submitted/)]);
});
