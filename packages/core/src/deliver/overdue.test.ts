import { expect, test } from 'vitest';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { Overdue } from './overdue.ts';

test('calls what is not done within a second, each in its own time and once', async () => {
  const clock = new ManualClock();
  const overdue = new Overdue(clock);
  const called: string[] = [];
  const first = () => called.push(`first at ${clock.now()}`);
  const done = () => called.push('done');
  const second = () => called.push(`second at ${clock.now()}`);
  overdue.add(first);
  await clock.advance(400);
  overdue.add(done);
  overdue.add(second);
  await clock.advance(500);
  overdue.delete(done);
  expect(called).toEqual([]);
  await clock.advance(5_000);
  expect(called).toEqual(['first at 1000', 'second at 1400']);
});

test('waits again after a time with nothing to wait for', async () => {
  const clock = new ManualClock();
  const overdue = new Overdue(clock);
  const called: number[] = [];
  const done = () => called.push(-1);
  overdue.add(done);
  overdue.delete(done);
  await clock.advance(3_000);
  overdue.add(() => called.push(clock.now()));
  await clock.advance(3_000);
  expect(called).toEqual([4_000]);
});
