import { expect, test } from 'vitest';
import type { LoggedEffect } from '../oracle/effects.ts';
import { tally, type WantedEffect } from './tally.ts';

const at = '2026-11-24T10:00:00.000Z';
const ticket = (name: string): LoggedEffect => ({ at, kind: 'ticket', business: name, detail: {} });
const update = (version: number): LoggedEffect => ({
  at,
  kind: 'record',
  business: `record=R-1|version=${version}|update`,
  detail: {},
});
const wanted = (...names: readonly string[]): WantedEffect[] =>
  names.map((business) => ({ intentId: `id of ${business}`, key: business, business }));
const updates = (...versions: readonly number[]) =>
  wanted(...versions.map((version) => update(version).business));
const sets = (held: readonly string[], declined: readonly string[] = []) => ({
  held: new Set(held.map((name) => `id of ${name}`)),
  declined: new Set(declined.map((name) => `id of ${name}`)),
});

test('counts effects, duplicates and losses by business name', () => {
  const logged = ['a', 'b', 'a', 'a'].map(ticket);
  expect(tally(wanted('a', 'b', 'c'), logged)).toEqual({
    intended: 3,
    effects: 4,
    duplicates: 2,
    lost: 1,
    refused: 0,
    backwards: 0,
    unexplained: [],
  });
});

test('counts as lost neither what is held nor what an action declined', () => {
  const logged = [ticket('a'), ticket('b')];
  const found = tally(wanted('a', 'b', 'c', 'd', 'e'), logged, sets(['a', 'c'], ['d']));
  expect(found).toMatchObject({ intended: 4, effects: 2, duplicates: 0, lost: 1, refused: 1 });
});

test('wants no effect of an update that came after a newer version', () => {
  const found = tally(updates(1, 2, 3), [update(1), update(3)]);
  expect(found).toMatchObject({ intended: 2, effects: 2, lost: 0, refused: 1, backwards: 0 });
});

test('counts an update that was applied over a newer version as backwards, and as not wanted', () => {
  const found = tally(updates(1, 2, 3), [update(1), update(3), update(2)]);
  expect(found).toMatchObject({ intended: 2, effects: 3, duplicates: 0, lost: 0, refused: 1, backwards: 1 });
});

test('counts an update that is applied again after a newer one as a duplicate, and backwards', () => {
  const found = tally(updates(1, 2), [update(1), update(2), update(1)]);
  expect(found).toMatchObject({ intended: 2, effects: 3, duplicates: 1, backwards: 1, refused: 0 });
});

test('misses the newest update of a record', () => {
  expect(tally(updates(1, 2), [update(1)])).toMatchObject({ intended: 2, lost: 1 });
});

test('expects two effects of two intents whose effects share a name', () => {
  const two = wanted('a', 'a');
  expect(tally(two, [ticket('a')])).toMatchObject({ intended: 2, lost: 1, duplicates: 0 });
  expect(tally(two, [ticket('a'), ticket('a'), ticket('a')])).toMatchObject({ lost: 0, duplicates: 1 });
});

test('names effects that no decision explains', () => {
  expect(tally(wanted('a'), [ticket('a'), ticket('x')]).unexplained).toEqual(['x']);
});
