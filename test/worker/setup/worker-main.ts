/** Entry of a worker process: actions of all four kinds, those on shared things, and a fault at a named point of the path. */
import { existsSync } from 'node:fs';
import { type RunningWorker, startWorker } from '@latchkey/worker';
import { actionsByKind } from './actions.ts';
import { listed, thingActions } from './shared-thing.ts';
import type { FaultPoint, WorkerConfig, WorkerMessage } from './worker-process.ts';

const { fault, remotes, timing, settings } = JSON.parse(process.env.WORKER_CONFIG ?? '') as WorkerConfig;
/** A blocked process doesn't hear that the test is gone. */
const parent = process.ppid;
const met = new Set<string>();
const released = new Promise<unknown>((resolve) => process.once('message', resolve));

/** Tells the parent, then stops as the fault says, once an intent. */
async function at(point: FaultPoint, intentId: string): Promise<void> {
  await say({ kind: 'point', point, intentId });
  if (fault?.point !== point || met.has(intentId) || !fault.intentIds.includes(intentId)) return;
  met.add(intentId);
  switch (fault.how) {
    case 'hold':
      await released;
      return;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'block':
      while (!existsSync(process.env.WORKER_RELEASE ?? '') && process.ppid === parent) blockFor(50);
      return;
  }
}

/** No message is heard meanwhile, which is why a file ends it. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Resolves once the message is on its way, so that a process that ends right after was heard. */
function say(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

/**
 * Puts the point `sending` between the framework's last check and the request. A request that stopped there goes out
 * whatever happened meanwhile, as one does whose bytes are in the socket when the machine freezes.
 */
function stopBeforeSending(): void {
  const send = globalThis.fetch;
  globalThis.fetch = async (url, init = {}) => {
    const intentId = new Headers(init.headers).get('idempotency-key');
    if (intentId === null) return send(url, init);
    await at('sending', intentId);
    return met.has(intentId) ? send(url, { ...init, signal: null }) : send(url, init);
  };
}

function leaveOnSignal(worker: RunningWorker): void {
  process.once('SIGTERM', () => {
    process.once('SIGTERM', () => process.exit(1));
    void say({ kind: 'leaving' });
    void worker.close().then(() => process.exit(0));
  });
  process.on('disconnect', () => process.exit(1)); // the test is gone
}

if (fault?.point === 'sending') stopBeforeSending();
const actions = actionsByKind(remotes, timing, (intentId) => at('sending', intentId));
const things = listed(thingActions(remotes.recorderUrl, timing));
const worker = await startWorker({ ...settings, actions: [...Object.values(actions), ...things], hook: at });
leaveOnSignal(worker);
await say({ kind: 'ready', name: worker.name });
