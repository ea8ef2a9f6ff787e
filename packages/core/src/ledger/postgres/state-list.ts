import type { State } from '../../states.ts';

/** Writes states as a SQL list; they come from the table of transitions, never from outside. */
export function stateList(states: readonly State[]): string {
  return states.map((state) => `'${state}'`).join(', ');
}
