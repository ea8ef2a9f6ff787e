import { describe, expect, test } from 'vitest';
import { FINAL_STATES, isFinal, isLegal, STATES, type State, statesBefore, TRANSITIONS } from './states.ts';

const after = (state: State | null) => TRANSITIONS.filter(({ from }) => from === state);

describe('the table of transitions', () => {
  test('reaches every state from a submission', () => {
    const reached = new Set<State>();
    const follow = (state: State | null): void => {
      for (const { to } of after(state)) {
        if (reached.has(to)) continue;
        reached.add(to);
        follow(to);
      }
    };
    follow(null);
    expect([...reached].sort()).toEqual([...STATES].sort());
  });

  test('has no row twice', () => {
    const rows = TRANSITIONS.map(({ from, step, to }) => `${from} ${step} ${to}`);
    expect(new Set(rows).size).toBe(rows.length);
  });

  test('leaves a final state only by a person: the replay of a failed intent, the rerun of a succeeded one', () => {
    const out = TRANSITIONS.filter(({ from }) => from !== null && isFinal(from));
    expect(out.map(({ from, step, to }) => [from, step, to])).toEqual([
      ['failed', 'replay', 'pending'],
      ['succeeded', 'rerun', 'pending'],
    ]);
  });

  test('leads every unfinished state to a final one', () => {
    const finishes = (state: State, seen: readonly State[] = []): boolean =>
      isFinal(state) || after(state).some(({ to }) => !seen.includes(to) && finishes(to, [...seen, state]));
    expect(STATES.filter((state) => !finishes(state))).toEqual([]);
  });

  test('nothing succeeds but by the word of who held it, or about a doubt', () => {
    const into = TRANSITIONS.filter(({ to }) => to === 'succeeded').map(
      ({ from, step }) => `${from} ${step}`,
    );
    expect(into.sort()).toEqual([
      'claimed record',
      'in_doubt late-outcome',
      'in_doubt settle',
      'pending late-outcome',
    ]);
  });

  test('fails only what was claimed, is in doubt, or came too late to act', () => {
    const rows = TRANSITIONS.filter(({ to }) => to === 'failed').map(({ from, step }) => `${from} ${step}`);
    expect(rows.sort()).toEqual([
      'claimed record',
      'in_doubt late-outcome',
      'in_doubt settle',
      'pending stale',
    ]);
  });

  test('claims nothing that waits for approval or was withdrawn', () => {
    const from = TRANSITIONS.filter(({ to }) => to === 'claimed').map((row) => row.from);
    expect(new Set(from)).toEqual(new Set([null, 'pending', 'claimed', 'in_doubt']));
  });

  test('cancels nothing that a worker holds', () => {
    expect(statesBefore('cancel')).toEqual(['awaiting_approval', 'pending']);
  });

  test('says of every row why', () => {
    expect(TRANSITIONS.filter(({ why }) => why.trim() === '')).toEqual([]);
  });
});

test('isFinal tells doubt and work in progress from what is finished', () => {
  expect(STATES.filter(isFinal)).toEqual([...FINAL_STATES]);
  expect(STATES.filter((state) => !isFinal(state))).toEqual([
    'awaiting_approval',
    'pending',
    'claimed',
    'in_doubt',
  ]);
});

test('statesBefore lists each state once, narrowed by where the step leads', () => {
  expect(statesBefore('settle')).toEqual(['in_doubt']);
  expect(statesBefore('take-over')).toEqual(['claimed', 'in_doubt']);
  expect(statesBefore('record', 'succeeded')).toEqual(['claimed']);
  expect(statesBefore('record', 'pending')).toEqual([]);
  expect(statesBefore('submit')).toEqual([]);
});

test('isLegal allows the rows of the table and nothing else', () => {
  expect(isLegal(null, 'submit', 'pending')).toBe(true);
  expect(isLegal('in_doubt', 'settle', 'succeeded')).toBe(true);
  expect(isLegal('succeeded', 'replay', 'pending')).toBe(false);
  expect(isLegal('in_doubt', 'claim', 'claimed')).toBe(false);
  expect(isLegal('claimed', 'cancel', 'cancelled')).toBe(false);
});
