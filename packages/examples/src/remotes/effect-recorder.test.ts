import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countEffects, readEffects } from '../oracle/effects.ts';
import { type RunningRemote, startRemote } from './start-remote.ts';

function post(recorder: RunningRemote, body: unknown, idempotencyKey = 'k'): Promise<Response> {
  const headers = { 'idempotency-key': idempotencyKey };
  return fetch(`${recorder.url}/effects`, { method: 'POST', headers, body: JSON.stringify(body) });
}

const effect = { action: 'invoice.send', key: 'INV-7', amount: 12 };

test('records every call, and lists what it recorded', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'effect-recorder-'));
  const logFile = join(folder.path, 'effects.jsonl');
  await using recorder = await startRemote('effect-recorder', { logFile });
  expect(await (await post(recorder, effect)).json()).toMatchObject({ effectId: 'E-1', key: 'INV-7' });
  expect((await post(recorder, effect)).status).toBe(201);
  expect((await post(recorder, { action: 'invoice.send' })).status).toBe(400);
  const listed = await fetch(`${recorder.url}/effects?action=invoice.send&key=INV-7`);
  expect(await listed.json()).toMatchObject({ effects: [{ effectId: 'E-1' }, { effectId: 'E-2' }] });
  expect(countEffects(await readEffects(logFile))).toEqual(
    new Map([['action=invoice.send|key=INV-7|record', 2]]),
  );
});

test('honours keys where it is told to', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'effect-recorder-'));
  const logFile = join(folder.path, 'effects.jsonl');
  await using recorder = await startRemote('effect-recorder', { logFile, honourKeys: true });
  const first = await (await post(recorder, effect)).json();
  expect(await (await post(recorder, effect)).json()).toEqual(first);
  expect((await post(recorder, { ...effect, amount: 13 })).status).toBe(422);
  expect((await post(recorder, effect, 'another')).status).toBe(201);
  expect(await readEffects(logFile)).toHaveLength(2);
});
