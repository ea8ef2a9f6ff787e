import { describe, expect, test } from 'vitest';
import { isTraceparent, traceparentOf } from './traceparent.ts';

const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const intentId = '9e431f10-6e1a-84c1-8689-876f79ea64e9';

test('knows a trace context, and what only looks like one', () => {
  expect(isTraceparent(given)).toBe(true);
  for (const wrong of [
    '',
    given.toUpperCase(),
    `01${given.slice(2)}`,
    `${given}0`,
    `${given}\n`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
  ]) {
    expect(isTraceparent(wrong)).toBe(false);
  }
});

describe('the trace context of an intent', () => {
  test("is the submission's, where that is one", () => {
    expect(traceparentOf(intentId, given)).toBe(given);
  });

  test.each([null, 'garbage'])('is made from its id where the submission brought %o', (submitted) => {
    const made = traceparentOf(intentId, submitted);
    expect(made).toBe('00-9e431f106e1a84c18689876f79ea64e9-8689876f79ea64e9-01');
    expect(isTraceparent(made)).toBe(true);
  });
});
