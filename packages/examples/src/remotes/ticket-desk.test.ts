import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countEffects, readEffects, readFaults } from '../oracle/effects.ts';
import { type RunningRemote, startRemote } from './start-remote.ts';

const order = (caseId: string, body = 'It is broken.') => ({ caseId, subject: 'Help', body });

function post(desk: RunningRemote, body: unknown, key?: string): Promise<Response> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return fetch(`${desk.url}/tickets`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function ticketsOf(desk: RunningRemote, caseId: string): Promise<string[]> {
  const response = await fetch(`${desk.url}/tickets?caseId=${caseId}`);
  const { tickets } = (await response.json()) as { tickets: { ticketId: string }[] };
  return tickets.map((ticket) => ticket.ticketId);
}

const folderFor = () => mkdtempDisposable(join(tmpdir(), 'ticket-desk-'));

test('gives the first answer again under the same key, also after a restart', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'desk.jsonl');
  const firstDesk = await startRemote('ticket-desk', { logFile });
  const first = await post(firstDesk, order('CASE-1'), 'key-1');
  const firstBody = await first.text();
  expect(first.status).toBe(201);
  expect(JSON.parse(firstBody)).toMatchObject({ ticketId: 'T-1001', status: 'open' });
  const again = await post(firstDesk, order('CASE-1'), 'key-1');
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.text()).toBe(firstBody);
  await firstDesk.kill();

  await using desk = await startRemote('ticket-desk', { logFile, port: firstDesk.port });
  const afterRestart = await post(desk, order('CASE-1'), 'key-1');
  expect(afterRestart.status).toBe(201);
  expect(await afterRestart.text()).toBe(firstBody);
  expect(await ticketsOf(desk, 'CASE-1')).toEqual(['T-1001']);
  await expect(post(desk, order('CASE-2'), 'key-2').then((answer) => answer.json())).resolves.toMatchObject({
    ticketId: 'T-1002',
  });
  expect(countEffects(await readEffects(logFile))).toEqual(
    new Map([
      ['case=CASE-1|create', 1],
      ['case=CASE-2|create', 1],
    ]),
  );
});

test('opens another ticket every time without a key, and after the key window', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'desk.jsonl');
  await using desk = await startRemote('ticket-desk', { logFile, keyWindowMs: 0 });
  await post(desk, order('CASE-1'));
  await post(desk, order('CASE-1'));
  await post(desk, order('CASE-2'), 'key');
  await post(desk, order('CASE-2'), 'key');
  expect(await ticketsOf(desk, 'CASE-1')).toHaveLength(2);
  expect(await ticketsOf(desk, 'CASE-2')).toHaveLength(2);
});

test('refuses a key with another payload (422), an unusable key and body (400), another path (404)', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'desk.jsonl');
  await using desk = await startRemote('ticket-desk', { logFile });
  await post(desk, order('CASE-1'), 'key');
  const reused = await post(desk, order('CASE-1', 'Reworded.'), 'key');
  expect(reused.status).toBe(422);
  expect(reused.headers.get('content-type')).toBe('application/problem+json');
  expect((await post(desk, order('CASE-1'), 'k'.repeat(256))).status).toBe(400);
  const incomplete = await post(desk, { caseId: 'CASE-1' });
  expect(incomplete.status).toBe(400);
  expect(await incomplete.text()).toContain('subject');
  expect((await fetch(`${desk.url}/cases`)).status).toBe(404);
  expect(await readEffects(logFile)).toHaveLength(1);
});

test('answers 409 while the first request under the key is in flight', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'desk.jsonl');
  const desk = await startRemote('ticket-desk', { logFile, faults: { slowMs: 60_000, limit: 1 } });
  const first = post(desk, order('CASE-1'), 'key').then(
    () => 'answered',
    () => 'lost',
  );
  await expect.poll(async () => (await desk.stats()).faults.slowMs).toBe(1);
  expect((await post(desk, order('CASE-1'), 'key')).status).toBe(409);
  expect((await post(desk, order('CASE-1', 'Reworded.'), 'key')).status).toBe(422);
  await desk.kill();
  expect(await first).toBe('lost');
  expect(await readEffects(logFile)).toEqual([]);
});

test('has the effect exactly once in its log when answers are lost, and proves the loss', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'desk.jsonl');
  await using desk = await startRemote('ticket-desk', { logFile, faults: { dropAfterCommit: 1, limit: 2 } });
  await expect(post(desk, order('CASE-1'), 'key')).rejects.toThrow('fetch failed');
  await expect(post(desk, order('CASE-1'), 'key')).rejects.toThrow('fetch failed');
  expect((await post(desk, order('CASE-1'), 'key')).status).toBe(201);
  await desk.setFaults({ errorAfterCommit: 1, limit: 1 });
  expect((await post(desk, order('CASE-2'), 'other')).status).toBe(500);
  expect((await post(desk, order('CASE-2'), 'other')).status).toBe(201);

  expect([...countEffects(await readEffects(logFile)).values()]).toEqual([1, 1]);
  expect((await readFaults(logFile)).map(({ fault, business }) => `${fault} ${business}`)).toEqual([
    'dropAfterCommit case=CASE-1|create',
    'dropAfterCommit case=CASE-1|create',
    'errorAfterCommit case=CASE-2|create',
  ]);
  expect(await desk.stats()).toMatchObject({
    effects: 2,
    requests: 5,
    faults: { dropAfterCommit: 2, errorAfterCommit: 1, refuse: 0 },
  });
});

test('does nothing where it refuses (503) or declines (422), and takes the key afterwards', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'desk.jsonl');
  await using desk = await startRemote('ticket-desk', { logFile, faults: { refuse: 1, limit: 1 } });
  const refused = await post(desk, order('CASE-1'), 'key');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  await desk.setFaults({ decline: 1, limit: 1 });
  expect((await post(desk, order('CASE-1'), 'key')).status).toBe(422);
  expect(await readEffects(logFile)).toEqual([]);
  expect((await post(desk, order('CASE-1'), 'key')).status).toBe(201);
  await desk.setFaults({ decline: 1 });
  expect((await post(desk, order('CASE-1'), 'key')).status).toBe(201);
  await expect(desk.setFaults({ refuse: 7 })).rejects.toThrow('400');
});
