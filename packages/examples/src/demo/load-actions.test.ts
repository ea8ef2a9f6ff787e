import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { publishPage } from '../actions.ts';
import { loadActions, paced } from './load-actions.ts';
import { demoPace } from './settings.ts';

test('loads the documented example', async () => {
  const actions = await loadActions(path.join(import.meta.dirname, 'own-actions.example.ts'));
  expect(actions.map(({ name }) => name)).toEqual(['refund.pay', 'customer.call']);
});

test('says what is wrong with a module', async () => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'a folder '));
  const module = async (name: string, text: string) => {
    const file = path.join(folder.path, name);
    await writeFile(file, text);
    return loadActions(file);
  };
  await expect(loadActions(path.join(folder.path, 'none.mjs'))).rejects.toThrow('there is no file');
  await expect(module('throws.mjs', 'throw new Error("no");')).rejects.toThrow(/can't be loaded: no/);
  await expect(module('empty.mjs', 'export const actions = [];')).rejects.toThrow('must export `actions`');
  await expect(module('other.mjs', 'export const actions = [{}];')).rejects.toThrow('defineAction');
});

test('hurries an action on, and changes nothing that makes its intents', () => {
  const hurried = paced(publishPage, demoPace);
  expect(hurried).toMatchObject({ leaseMs: 2_000, deadlineMs: 3_000, effect: { quietMs: 500 } });
  const { name, key, keyVersion, free, input } = publishPage;
  expect(hurried).toMatchObject({ name, key, keyVersion, free });
  expect(hurried.input).toBe(input);
});
