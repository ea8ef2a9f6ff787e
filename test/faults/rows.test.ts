import { describe, expect, test } from 'vitest';
import { faultsIn, type RanTest, rowOf } from './rows.ts';
import type { Fault } from './table.ts';

const FAULT: Fault = { n: 7, fault: 'it dies', holds: 'one effect' };
const LANDED = { times: 1, wanted: 2, done: 2 };

function ran(queue: string, change: Partial<RanTest> = {}): RanTest {
  return { name: `suite (${queue}) > fault 7: at a point`, state: 'passed', reports: [LANDED], ...change };
}

test('a test names its faults by number', () => {
  expect(faultsIn('a worker fault 7, 9: after the claim')).toEqual([7, 9]);
  expect(faultsIn('a sweep fault 1: adds; fault 2: only once')).toEqual([1, 2]);
  expect(faultsIn('default 7: of a lease')).toEqual([]);
});

describe('a row', () => {
  test('sums up its tests on both queues', () => {
    expect(rowOf(FAULT, [ran('redis'), ran('postgres')])).toEqual({
      n: 7,
      fault: 'it dies',
      times: 2,
      wanted: 4,
      done: 4,
      verdict: 'passed',
      why: '',
    });
  });

  test.for<[why: string, tests: RanTest[]]>([
    ['there is no test of it', []],
    [
      'at a point [postgres]: two effects',
      [ran('redis'), ran('postgres', { state: 'failed', reason: 'two effects' })],
    ],
    ['at a point [postgres] reported nothing', [ran('redis'), ran('postgres', { reports: [] })]],
    ['no test of it with jobs in postgres', [ran('redis')]],
    [
      'at a point [postgres] was skipped without a reason',
      ['redis', 'postgres'].map((queue) => ran(queue, { state: 'skipped', reports: [] })),
    ],
    [
      'the fault did not land',
      ['redis', 'postgres'].map((queue) => ran(queue, { reports: [{ ...LANDED, times: 0 }] })),
    ],
    ['3 effects instead of 4', [ran('redis'), ran('postgres', { reports: [{ ...LANDED, done: 1 }] })]],
  ])('fails: %s', ([why, tests]) => {
    expect(rowOf(FAULT, tests)).toMatchObject({ verdict: 'failed', why: expect.stringContaining(why) });
  });

  test('is skipped only where nothing of it ran, and says why', () => {
    const skipped = (queue: string) => ran(queue, { state: 'skipped', reports: [], reason: 'needs root' });
    expect(rowOf(FAULT, [skipped('redis'), skipped('postgres')])).toMatchObject({
      verdict: 'skipped',
      why: 'needs root',
    });
    expect(rowOf(FAULT, [ran('redis'), skipped('postgres')])).toMatchObject({
      verdict: 'passed',
      why: 'left out: fault 7: at a point [postgres] (needs root)',
    });
  });
});
