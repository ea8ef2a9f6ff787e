import { expect, test } from 'vitest';
import type { EffectLog } from './effect-log.ts';
import { createEffectStage } from './effect-stage.ts';
import { createFaultSwitch } from './faults.ts';
import type { LogRecord } from './log-record.ts';

const effect: LogRecord = {
  at: '2026-11-24T10:00:00.000Z',
  kind: 'effect',
  business: 'n=1|record',
  detail: {},
};

// A log whose disk answers when the test says so.
function slowLog() {
  const written: LogRecord[][] = [];
  const disk = Promise.withResolvers<void>();
  const log: EffectLog = {
    file: 'none',
    append: (records) => {
      written.push([...records]);
      return disk.promise;
    },
    close: async () => undefined,
  };
  return { log, written, disk };
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<false>((resolve) => setImmediate(resolve, false));
  return await Promise.race([promise.then(() => true as const), turn]);
}

test('tells nobody of an effect, or of a fault, before it is on disk', async () => {
  const { log, disk } = slowLog();
  const stage = createEffectStage(log, createFaultSwitch('seed', { refuse: 1, decline: 1 }));
  const waiting = [stage.commit([effect]), stage.admit('/'), stage.declined(effect.business)];
  expect(await Promise.all(waiting.map(settled))).toEqual([false, false, false]);
  expect(stage.stats().effects).toBe(0);
  disk.resolve();
  expect(await Promise.all(waiting)).toEqual(['answer', false, true]);
  expect(stage.stats()).toMatchObject({ effects: 1, requests: 1 });
});

test('writes a fault after the commit together with its effect', async () => {
  const { log, written, disk } = slowLog();
  const stage = createEffectStage(
    log,
    createFaultSwitch('seed', { dropAfterCommit: 1, errorAfterCommit: 1 }),
  );
  disk.resolve();
  expect(await stage.commit([effect])).toBe('drop');
  expect(written).toMatchObject([[effect, { kind: 'fault', detail: { fault: 'dropAfterCommit' } }]]);
});

test('fails where the effect could not be written', async () => {
  const { log, disk } = slowLog();
  const stage = createEffectStage(log, createFaultSwitch('seed', {}));
  disk.reject(new Error('disk full'));
  await expect(stage.commit([effect])).rejects.toThrow('disk full');
  expect(stage.stats().effects).toBe(0);
});
