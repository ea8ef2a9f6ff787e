import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { intentRecord } from '../../fixtures/intent-record.ts';
import type { AnyAction } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { conflictOf, driftFields } from '../deliver/conflict-of.ts';
import { type DerivedIntent, deriveIntent, MAX_KEY_LENGTH, readableKey } from './derive-intent.ts';
import { encodeKey } from './encode-key.ts';
import { canonical, without } from './fingerprint.ts';
import { MAX_INPUT_BYTES, MAX_INPUT_DEPTH } from './parse-input.ts';

const page = readFileSync(new URL('../../../../docs/keys.md', import.meta.url), 'utf8');

/** The rows of the page's tables below one heading, their cells without backticks. */
function rowsBelow(heading: string, columns: number): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter((cells) => cells.length === columns)
    .map((cells) => cells.map((cell) => cell.replace(/^`(.*)`$/, '$1')));
}

function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';
}

/** Runs the page's first example as it stands. */
function example(): { remind: AnyAction; intent: DerivedIntent } {
  const body = `${blockOf('ts')}\nreturn { remind, intent };`;
  const sendReminder = async () => ({ result: null });
  const run = new Function('defineAction', 'deriveIntent', 'atMostOnce', 'z', 'sendReminder', body);
  return run(defineAction, deriveIntent, atMostOnce, z, sendReminder);
}

const { remind, intent } = example();
const first = intentRecord({
  id: intent.id,
  key: intent.key,
  fingerprint: intent.fingerprint,
  input: intent.inputText,
});

test('the first example gives the id and the key that the page shows', () => {
  const [, id] = /^\/\/ intent\.id +→ '(.*)'$/m.exec(page) ?? [];
  const [, key] = /^\/\/ intent\.key +→ '(.*)'$/m.exec(page) ?? [];
  expect([intent.id, intent.key]).toEqual([id, key]);
  expect(intent.scope).toBe('acme');
  expect(page).toContain(`\`${intent.key}\`: the action, a colon`);
});

test('what is submitted later comes to what the page says', () => {
  const rows = rowsBelow('Conflicts', 2).slice(1);
  expect(rows).toHaveLength(5);
  for (const [changes = '', verdict] of rows) {
    const later = deriveIntent(remind, { ...(intent.input as object), ...JSON.parse(changes) });
    const conflict = conflictOf(remind, first, { fingerprint: later.fingerprint, input: later.inputText });
    const drift = driftFields(remind, first, later.inputText);
    const come = () => {
      if (later.id !== intent.id) return 'another intent';
      if (conflict !== null) return `conflict \`${conflict.fields.join('`, `')}\``;
      return drift.length > 0 ? `drift \`${drift.join('`, `')}\`` : 'agreement';
    };
    expect(come()).toBe(verdict);
  }
});

test('values are escaped in the readable key as the page shows', () => {
  const rows = rowsBelow('The readable key', 2).slice(1);
  expect(rows).toHaveLength(6);
  for (const [value = '', shown] of rows) {
    expect(readableKey('ticket.create', [['a', value]])).toBe(`ticket.create:a=${shown}`);
  }
});

test('the items, the hash and the id of the example are right', () => {
  const rows = rowsBelow('The encoding, version 1', 4).slice(1);
  const bytes = rows.map(([, tag, length, body]) => `${tag}${length}${body}`).join('');
  const fields = remind.key.map((path) => [path, Reflect.get(intent.input as object, path)] as const);
  const { scope } = intent;
  expect(
    encodeKey({ scope, action: remind.name, keyVersion: remind.keyVersion, fields }).toString('hex'),
  ).toBe(bytes);
  expect(/^SHA-256: `(.*)`$/m.exec(page)?.[1]).toBe(createHash('sha256').update(bytes, 'hex').digest('hex'));
  expect(/^id: `(.*)`$/m.exec(page)?.[1]).toBe(intent.id);
  for (const [item = '', tag, , body = ''] of rows.slice(0, -1)) {
    const text = Buffer.from(body, 'hex').toString();
    expect(item.replaceAll('`', '')).toMatch(new RegExp(`${text}$`));
    expect('mspi').toContain(Buffer.from(tag ?? '', 'hex').toString());
  }
});

test('the canonical JSON and the fingerprint of the example are right', () => {
  expect(canonical(without(intent.input, remind.free))).toBe(blockOf('json').trim());
  expect(/^fingerprint: `(.*)`$/m.exec(page)?.[1]).toBe(intent.fingerprint);
});

test('the limits are those of the code', () => {
  const limits = new Map(rowsBelow('Limits', 3).map(([what, limit]) => [what, limit]));
  expect(limits.get('readable key, escapes counted')).toBe(`${MAX_KEY_LENGTH} UTF-16 units`);
  expect(limits.get('scope')).toBe(`${MAX_KEY_LENGTH} UTF-16 units`);
  expect(limits.get('input, as JSON')).toBe(`${MAX_INPUT_BYTES.toLocaleString('en-US')} bytes`);
  expect(limits.get('nesting of the input')).toBe(`${MAX_INPUT_DEPTH} levels`);
});

test('every heading is in the table of contents, and every link leads to one', () => {
  const anchors = [...page.matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 ]/g, '')
      .replaceAll(' ', '-'),
  );
  const listed = [...page.matchAll(/^- \[.*\]\(#(.*)\)$/gm)].map(([, anchor]) => anchor);
  expect(listed).toEqual(anchors);
  for (const [, anchor] of page.matchAll(/\(#([^)]*)\)/g)) expect(anchors).toContain(anchor);
});
