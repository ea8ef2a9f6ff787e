/** Entry of a worker process: it dies, stops or blocks where it is told to. */
import { type RunningWorker, startWorker } from '@latchkey/worker';
import type { FaultPoint } from '../worker/setup/worker-process.ts';
import type { ChildConfig, Order } from './child.ts';
import { childConfig, obey, say } from './child-main.ts';
import { soakActions } from './soak-actions.ts';
import { warnings } from './warnings.ts';

const { name, settings, remotes } = childConfig<ChildConfig>();
let strike: Extract<Order, { order: 'strike' }> | null = null;
/** Intents at which this process was stopped: their request goes out whatever has happened meanwhile. */
const stopped = new Set<string>();

obey((order) => {
  if (order.order === 'strike') strike = order;
  if (order.order === 'spare') strike = null;
  if (order.order === 'block') void say({ kind: 'blocked' }).then(() => blockFor(order.ms));
});

async function at(point: FaultPoint, intentId: string): Promise<void> {
  if (strike?.point !== point) return;
  const { how } = strike;
  strike = null;
  if (how === 'SIGSTOP') stopped.add(intentId);
  await say({ kind: 'struck' });
  process.kill(process.pid, how);
}

function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Puts the point `sending` between the framework's last check and the request. A request that stopped there goes out
 * all the same, as one does whose bytes are in the socket when the machine freezes.
 */
function stopBeforeSending(): void {
  const send = globalThis.fetch;
  globalThis.fetch = async (url, init = {}) => {
    const intentId = new Headers(init.headers).get('idempotency-key');
    if (intentId === null || init.method !== 'POST') return send(url, init);
    await at('sending', intentId);
    return stopped.delete(intentId) ? send(url, { ...init, signal: null }) : send(url, init);
  };
}

function leaveOnSignal(worker: RunningWorker): void {
  process.once('SIGTERM', () => {
    process.once('SIGTERM', () => process.exit(1));
    worker.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(2);
      },
    );
  });
}

stopBeforeSending();
const worker = await startWorker({
  ...settings,
  name,
  actions: soakActions(remotes, (intentId) => at('sending', intentId)),
  concurrency: 10,
  lockDurationMs: 2_500,
  stalledIntervalMs: 1_000,
  sweep: { intervalMs: 500, graceMs: 500 },
  log: warnings,
  hook: at,
});
leaveOnSignal(worker);
await say({ kind: 'ready' });
