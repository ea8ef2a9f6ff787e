import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { QueueKind } from '@latchkey/worker';
import { describe, expect, inject, test, vi } from 'vitest';
import { BACKENDS } from '../worker/setup/stage.ts';
import { faultsOf, USUAL } from './chaos.ts';
import type { Ground } from './ground.ts';
import { failuresOf, tableOf } from './report.ts';
import { type SoakOptions, type SoakOutcome, soakBackend } from './soak-backend.ts';

/** Every fault until it has landed once, close together. */
const HURRIED = { pauseMs: [50, 300], atOnce: 4, once: true } as const;
/** Enough for a machine that is busy with other things. */
const LONGEST_MS = 180_000;

function soak(backend: QueueKind, more: Partial<SoakOptions> = {}): Promise<SoakOutcome> {
  return soakBackend({
    backend,
    seed: 7,
    rate: 15,
    temper: HURRIED,
    folder: path.join(inject('folder'), 'soak'),
    signal: AbortSignal.timeout(LONGEST_MS),
    say: () => undefined,
    ...more,
  });
}

/** Makes a remote's log tell an effect twice. */
async function tellTwice({ remotes }: Ground): Promise<void> {
  const first = await firstEffect(remotes.plain.logFile);
  await appendFile(remotes.plain.logFile, `${first}\n`);
}

async function firstEffect(logFile: string): Promise<string | undefined> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.split('\n').find((line) => line.includes('"kind":"effect"'));
}

describe.each(BACKENDS)('with jobs in %s', { concurrent: true }, (backend) => {
  test('every fault lands, and all of it holds', { timeout: 2 * LONGEST_MS }, async () => {
    const outcome = await soak(backend);
    expect(failuresOf(outcome), `${tableOf([outcome])}\n${outcome.stories.join('\n')}`).toEqual([]);
    const missed = faultsOf(backend).filter(({ name }) => outcome.faults.get(name)?.landed === 0);
    expect(missed.map(({ name }) => name)).toEqual([]);
    expect(outcome.totals.done).toBeGreaterThan(30);
  });
});

test('a second effect in a log fails the soak, and its story is told', { timeout: LONGEST_MS }, async () => {
  const folder = path.join(inject('folder'), 'soak-forged');
  const enough = new AbortController();
  const soaked = soak('postgres', {
    temper: USUAL,
    folder,
    signal: enough.signal,
    beforeAudit: tellTwice,
  });
  const logFile = path.join(folder, 'postgres', 'effects-plain.jsonl');
  await vi.waitUntil(() => firstEffect(logFile), { timeout: LONGEST_MS, interval: 200 });
  enough.abort();
  const outcome = await soaked;
  expect(failuresOf(outcome)).toMatchObject([{ what: expect.stringMatching(/^2 effects for /) }]);
  expect(outcome.stories).toEqual([expect.stringMatching(/submitted/)]);
});
