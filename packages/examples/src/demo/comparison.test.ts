import { expect, test } from 'vitest';
import { type Comparison, comparisonJson, comparisonNotes, comparisonTable, isKept } from './comparison.ts';

const tally = { intended: 9, effects: 9, duplicates: 0, lost: 0, refused: 2, backwards: 0, unexplained: [] };
const kept: Comparison = {
  unprotected: {
    deliveries: 20,
    answersLost: 4,
    killedAfter: 'ticket.create:caseId=CASE-1',
    tally: { ...tally, effects: 19, duplicates: 9, lost: 1, backwards: 3 },
  },
  protected: {
    deliveries: 15,
    answersLost: 3,
    killedAfter: 'ticket.create:caseId=CASE-2',
    tally,
    inDoubt: 2,
    doneInDoubt: 1,
    replayed: 5,
  },
};
const broken = (parts: Partial<typeof tally>): Comparison => ({
  ...kept,
  protected: { ...kept.protected, tally: { ...tally, ...parts } },
});

test('writes one line of JSON', () => {
  const line = comparisonJson(kept, 42.1);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    unprotected: { deliveries: 20, intended: 9, effects: 19, duplicates: 9, lost: 1 },
    protected: { deliveries: 15, intended: 9, effects: 9, duplicates: 0, lost: 0, inDoubt: 2, replayed: 5 },
    seconds: 42.1,
  });
});

test('lays both sides beside each other', () => {
  const rows = comparisonTable(kept)
    .split('\n')
    .map((row) => row.split('│').map((cell) => cell.trim()));
  const row = (name: string) => rows.find((cells) => cells[1] === name)?.slice(2, 4);
  expect(row('')).toEqual(['plain BullMQ', 'Latchkey']);
  expect(row('workers killed in mid-effect')).toEqual(['1', '1']);
  expect(row('deliveries')).toEqual(['20', '15']);
  expect(row('effects wanted')).toEqual(['9', '9']);
  expect(row('effects done')).toEqual(['19', '9']);
  expect(row('duplicates')).toEqual(['9', '0']);
  expect(row('lost')).toEqual(['1', '0']);
  expect(row('in doubt, held for a person')).toEqual(['-', '2']);
});

test('says what is refused, and what is done and in doubt', () => {
  const notes = comparisonNotes(kept).join('\n');
  expect(notes).toContain('Refused with Latchkey: 2');
  expect(notes).toContain('In doubt with Latchkey: 2');
  expect(notes).toContain("The remotes' logs have 1 of them");
});

test.each([{ duplicates: 1 }, { lost: 1 }, { backwards: 1 }, { unexplained: ['x'] as never[] }])(
  'takes %o for a broken promise',
  (parts) => {
    expect(isKept(kept)).toBe(true);
    expect(isKept(broken(parts))).toBe(false);
  },
);
