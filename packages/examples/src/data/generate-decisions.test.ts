import { readFile } from 'node:fs/promises';
import { deriveIntent } from '@latchkey/core';
import { expect, test } from 'vitest';
import { actions } from '../actions.ts';
import { decisionsFile, decisionsText } from './decisions-file.ts';
import { type DecisionLine, generateDecisions } from './generate-decisions.ts';

const byName = new Map(actions.map((action) => [action.name, action]));
const decisions = generateDecisions();
const derived = decisions.map((decision) => {
  const action = byName.get(decision.action);
  if (action === undefined) throw new Error(`no action ${decision.action}`);
  const { scope } = decision;
  return { decision, ...deriveIntent(action, decision.input, scope === undefined ? {} : { scope }) };
});
const intents = Map.groupBy(derived, ({ id }) => id);

test('is what the shipped file holds', async () => {
  expect(await readFile(decisionsFile, 'utf8')).toBe(decisionsText());
});

test('has at least 500 decisions over all four actions and two tenants, each of them valid', () => {
  expect(decisions.length).toBeGreaterThanOrEqual(500);
  const shares = Map.groupBy(decisions, ({ action }) => action);
  expect([...shares.keys()].sort()).toEqual([...byName.keys()].sort());
  for (const share of shares.values()) expect(share.length).toBeGreaterThanOrEqual(60);
  expect(new Set(decisions.map(({ scope }) => scope))).toEqual(new Set(['acme', 'globex', undefined]));
});

test('repeats intents, about half of the time in other words, and never with other business fields', () => {
  const repeats = [...intents.values()].filter((lines) => lines.length > 1);
  const reworded = repeats.filter((lines) => new Set(lines.map(({ inputText }) => inputText)).size > 1);
  expect(repeats.length).toBeGreaterThanOrEqual(120);
  expect(reworded.length / repeats.length).toBeGreaterThan(0.3);
  expect(reworded.length / repeats.length).toBeLessThan(0.8);
  for (const lines of repeats) expect(new Set(lines.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  expect(new Set(reworded.map(([first]) => first?.decision.action)).size).toBe(4);
});

test('has records whose versions come out of order', () => {
  const records = Map.groupBy(
    decisions.filter(({ action }) => action === 'record.update'),
    ({ scope, input }) => `${scope}/${input.recordId}`,
  );
  expect([...records.values()].filter(isOutOfOrder).length).toBeGreaterThanOrEqual(20);
});

function isOutOfOrder(lines: readonly DecisionLine[]): boolean {
  const versions = lines.map(({ input }) => Number(input.version));
  return versions.some((version, index) => version < Math.max(...versions.slice(0, index + 1)));
}
