import { expect, test } from 'vitest';
import { processClock } from './clock.ts';

test('calls once the time has passed, by its own measure', async () => {
  const before = processClock.now();
  await new Promise<void>((resolve) => processClock.after(15, resolve));
  expect(processClock.now() - before).toBeGreaterThan(13);
});

test('calls nothing that was called off', async () => {
  let called = false;
  const callOff = processClock.after(1, () => {
    called = true;
  });
  callOff();
  await new Promise<void>((resolve) => processClock.after(10, resolve));
  expect(called).toBe(false);
});

test('takes a time that no timer can hold for a long one, not for none', async () => {
  let called = false;
  const callOff = processClock.after(Number.MAX_SAFE_INTEGER, () => {
    called = true;
  });
  await new Promise<void>((resolve) => processClock.after(10, resolve));
  callOff();
  expect(called).toBe(false);
});
