import type { ChildMessage, MemorySample, Order } from './child.ts';

/** Pause between two samples of memory, in milliseconds. */
const SAMPLE_MS = 5_000;

/** Takes the configuration that the parent gave. The process ends when the parent is gone. */
export function childConfig<C>(): C {
  process.on('disconnect', () => process.exit(1));
  const sampling = setInterval(() => void say({ kind: 'memory', sample: sampleMemory() }), SAMPLE_MS);
  sampling.unref();
  return JSON.parse(process.env.SOAK_CONFIG ?? '') as C;
}

/** Tells the parent something; resolves once it is on its way. */
export function say(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

/** Listens to what the parent orders. */
export function obey(listen: (order: Order) => void): void {
  process.on('message', (order) => listen(order as Order));
}

function sampleMemory(): MemorySample {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const open = process.getActiveResourcesInfo().length;
  return { at: Date.now(), rss, heap: heapUsed, external, open };
}
