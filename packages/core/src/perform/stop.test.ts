import { expect, test } from 'vitest';
import { LazyStop, stopBy } from './stop.ts';

test('a stop says so before and after its signal is made, and keeps its first reason', () => {
  const [first, second] = [new Error('first'), new Error('second')];
  const before = new LazyStop();
  before.throwIfAborted();
  before.abort(first);
  before.abort(second);
  expect(() => before.throwIfAborted()).toThrow(first);
  expect(before.signal.reason).toBe(first);

  const after = new LazyStop();
  const { signal } = after;
  expect(signal.aborted).toBe(false);
  after.abort(first);
  expect(signal.reason).toBe(first);
  expect(after.signal).toBe(signal);
});

test('a stop by a signal is that signal', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = stopBy(signal);
  stop.throwIfAborted();
  controller.abort(new Error('over'));
  expect(() => stop.throwIfAborted()).toThrow('over');
  expect(stop.signal).toBe(signal);
});
