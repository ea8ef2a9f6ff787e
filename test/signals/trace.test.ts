import { randomUUID } from 'node:crypto';
import { connect } from '@latchkey/worker';
import { context, trace } from '@opentelemetry/api';
import { expect, test, vi } from 'vitest';
import { startRecorder } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, quiet } from '../worker/setup/stage.ts';
import { registerSdk } from './setup/sdk.ts';
import { startEntry } from './setup/start-entry.ts';
import { tracedAction } from './setup/traced-action.ts';

interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: {
    readonly key: string;
    readonly value: { stringValue?: string; intValue?: number };
  }[];
}

async function spansAt(collectorUrl: string, traceId: string): Promise<ExportedSpan[]> {
  const spans = (await (await fetch(collectorUrl)).json()) as ExportedSpan[];
  return spans.filter((span) => span.traceId === traceId);
}

/** Follows a span up to one without a parent among the spans. */
function rootOf(span: ExportedSpan, spans: readonly ExportedSpan[]): string {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? span.name : rootOf(parent, spans);
}

test('one trace leads from the agent through approval, a worker that died and the next one to the record', {
  timeout: 240_000,
}, async () => {
  await using collector = await startEntry<{ port: number }>('collector.ts');
  const collectorUrl = `http://127.0.0.1:${collector.said.port}`;
  const sdk = registerSdk(collectorUrl);
  for (const backend of BACKENDS) {
    await using stage = await openStage(backend);
    const remote = await startRecorder({ honourKeys: true });
    stage.use({ [Symbol.asyncDispose]: () => remote.stop() });
    const action = tracedAction(remote.url);
    const traced = (dies: boolean) =>
      startEntry('traced-worker.ts', {
        TRACED: JSON.stringify({ settings: stage.settings, collectorUrl, remoteUrl: remote.url, dies }),
      });
    const client = await connect({ ...stage.settings, actions: [action], tracing: true, log: quiet });
    stage.use({ [Symbol.asyncDispose]: () => client.close() });

    const agent = trace.getTracer('agent').startSpan('agent run');
    const { traceId } = agent.spanContext();
    const handle = await context.with(trace.setSpan(context.active(), agent), () =>
      client.submit(action, { caseId: randomUUID() }),
    );
    agent.end();
    await using first = await traced(true);
    const found = await client.find(handle.id);
    await client.approve(handle.id, {
      by: 'reviewer',
      reason: 'fine',
      fingerprint: found?.record.fingerprint ?? '',
    });
    expect(await first.exited).toBe('SIGKILL');
    await using second = await traced(false);
    expect(await handle.answer({ timeoutMs: 45_000 })).toMatchObject({ status: 'succeeded', attempt: 2 });

    const names = ['agent run', 'submit refund.pay', 'approve refund.pay', 'deliver refund.pay', 'claim'];
    const late = ['take over', 'effect', 'record'];
    const spans = await vi.waitFor(
      async () => {
        const exported = await spansAt(collectorUrl, traceId);
        expect(exported.map(({ name }) => name)).toEqual(
          expect.arrayContaining([...names.slice(0, 4), ...late]),
        );
        return exported;
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(new Set(spans.map((span) => rootOf(span, spans)))).toEqual(new Set(['agent run']));
    const line = second
      .output()
      .split('\n')
      .find((each) => each.includes('"paid"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      intentId: handle.id,
      action: 'refund.pay',
      attempt: 2,
      job: expect.stringContaining(handle.id),
      worker: expect.any(String),
      traceId,
    });
  }
  await sdk.shutdown();
});
