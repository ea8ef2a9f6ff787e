import { readFile } from 'node:fs/promises';
import { startWorker } from '@latchkey/worker';
import { expect, test } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.ts';
import { actionsByKind } from '../worker/setup/actions.ts';
import { bookings, remotesOf, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, QUICK, quiet, type Stage } from '../worker/setup/stage.ts';

const OPERATIONS = new URL('../../docs/operations/', import.meta.url);
const page = (name: string) => readFile(new URL(name, OPERATIONS), 'utf8');

/** Reads one sample of Prometheus' text format; 0 where there is none. */
function sample(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const line = text
    .split('\n')
    .find(
      (each) =>
        (each.startsWith(`${name}{`) || each.startsWith(`${name} `)) &&
        Object.entries(labels).every(([label, value]) => each.includes(`${label}="${value}"`)),
    );
  return Number(line?.slice(line.lastIndexOf(' ')) ?? 0);
}

async function startScene(stage: Stage, databaseUrl = stage.settings.databaseUrl) {
  const recorders = stage.use(await startRecorders());
  await stage.query(bookings);
  const actions = actionsByKind(remotesOf(stage, recorders));
  const worker = await startWorker({
    ...stage.settings,
    ...QUICK,
    databaseUrl,
    actions: Object.values(actions),
    metricsPort: 0,
    log: quiet,
  });
  stage.use({ [Symbol.asyncDispose]: () => worker.close() });
  const client = await stage.connect(...Object.values(actions));
  const read = async (path: string) => {
    const response = await fetch(`${worker.metricsUrl}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return { actions, client, recorders, read };
}

test.each(BACKENDS)(
  'a worker on %s counts what it performs, what it answers again and what it holds',
  async (backend) => {
    await using stage = await openStage(backend);
    const { actions, client, recorders, read } = await startScene(stage);
    const action = actions.idempotent;
    await (await client.submit(action, { caseId: 'A' })).answer();
    await (await client.submit(action, { caseId: 'A' })).answer();
    const queue = stage.openQueue();
    await queue.add(action.name, { caseId: 'A' });
    await recorders.plain.setFaults({ errorAfterCommit: 1 });
    await (await client.submit(actions.atMostOnce, { caseId: 'B' })).answer();
    await expect
      .poll(async () => sample((await read('/metrics')).text, 'latchkey_answers_total', { replayed: 'true' }))
      .toBe(1);
    const { text, status } = await read('/metrics');
    expect(status).toBe(200);
    const ofTickets = { action: action.name };
    expect(sample(text, 'latchkey_claims_total', { ...ofTickets, how: 'claim' })).toBe(1);
    expect(sample(text, 'latchkey_endings_total', { ...ofTickets, state: 'succeeded' })).toBe(1);
    expect(sample(text, 'latchkey_stage_seconds_count', { ...ofTickets, stage: 'effect' })).toBe(1);
    expect(sample(text, 'latchkey_stage_seconds_count', { ...ofTickets, stage: 'record' })).toBe(1);
    expect(
      sample(text, 'latchkey_endings_total', { action: actions.atMostOnce.name, state: 'in_doubt' }),
    ).toBe(1);
    expect(sample(text, 'latchkey_intents', { ...ofTickets, state: 'succeeded' })).toBe(1);
    expect(sample(text, 'latchkey_intents', { action: actions.atMostOnce.name, state: 'in_doubt' })).toBe(1);
    expect(sample(text, 'latchkey_batch_size_count', { statement: 'record' })).toBeGreaterThan(0);
    expect(sample(text, 'latchkey_readable', { metric: 'latchkey_intents' })).toBe(1);
    expect(text).toContain('latchkey_queue_jobs{state="waiting"}');
    expect(text).toContain('process_resident_memory_bytes');
    expect(await read('/readyz')).toMatchObject({ status: 200 });
  },
);

test('a worker whose database is away is alive, not ready, and shows no old numbers', {
  timeout: 120_000,
}, async () => {
  await using stage = await openStage('redis');
  const proxy = await TcpProxy.before(stage.settings.databaseUrl);
  const { actions, client, read } = await startScene(stage, proxy.url(stage.settings.databaseUrl));
  await (await client.submit(actions.idempotent, { caseId: 'A' })).answer();
  expect((await read('/metrics')).text).toContain('latchkey_intents{');
  await proxy.refuse();
  await expect.poll(async () => (await read('/readyz')).status, { timeout: 30_000 }).toBe(503);
  expect(JSON.parse((await read('/readyz')).text)).toEqual({ ok: false, ledger: false, queue: true });
  expect((await read('/healthz')).status).toBe(200);
  const { text } = await read('/metrics');
  expect(text).not.toContain('latchkey_intents{');
  expect(sample(text, 'latchkey_readable', { metric: 'latchkey_intents' })).toBe(0);
  await proxy.heal();
});

test('dashboard, alert rules and their page name only metrics that there are, and every alert has its section', async () => {
  await using stage = await openStage('postgres');
  const { actions, client, read } = await startScene(stage);
  await (await client.submit(actions.idempotent, { caseId: 'A' })).answer();
  const { text } = await read('/metrics');
  const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const [dashboard, alerts, runbook, signals] = await Promise.all(
    ['grafana-dashboard.json', 'prometheus-alerts.yml', 'runbook.md', 'signals.md'].map(page),
  );
  const named = [
    ...`${dashboard} ${alerts} ${signals}`.matchAll(/\b((?:latchkey|nodejs|process)_[a-z0-9_]+)/g),
  ];
  const unknown = new Set(
    named.map(([, name = '']) => name).filter((name) => !known.has(name.replace(/_(bucket|sum|count)$/, ''))),
  );
  expect([...unknown].filter((name) => !known.has(name))).toEqual([]);
  const described = new Set([...(signals ?? '').matchAll(/^\| `(latchkey_\w+)`/gm)].map(([, name]) => name));
  expect([...known].filter((name) => name?.startsWith('latchkey_') && !described.has(name))).toEqual([]);
  const rules = [...(alerts ?? '').matchAll(/alert: (\w+)/g)].map(([, name]) => name);
  expect(rules.length).toBeGreaterThan(5);
  for (const rule of rules) {
    expect(runbook).toContain(`## ${rule}\n`);
    expect(alerts).toContain(`runbook.md#${rule?.toLowerCase()}`);
  }
  expect(JSON.parse(dashboard ?? '').panels.length).toBeGreaterThan(10);
});
