import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readableKey } from './derive-intent.ts';
import { encodeKey, idOfKey, type KeyParts, keyScalar } from './encode-key.ts';
import { entityIdsOf, idsOfKey, KEY_VERSIONS_TRIED } from './read-key.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../../../../docs/key-vectors.json', import.meta.url), 'utf8'),
) as { vectors: (KeyParts & { name: string; key: string; id: string })[] };

test.each(vectors.filter(({ keyVersion }) => keyVersion <= KEY_VERSIONS_TRIED))(
  'the readable key of the vector "$name" leads to its id',
  ({ key, scope, id }) => {
    expect(idsOfKey(key, scope)).toContain(id);
  },
);

test('every readable key leads to the id of its intent, whatever its values are', () => {
  const value = fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean());
  const parts = fc.record({
    scope: fc.option(fc.constant('acme')),
    keyVersion: fc.integer({ min: 1, max: KEY_VERSIONS_TRIED }),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(parts, ({ scope, keyVersion, values }) => {
      fc.pre(values.every((one) => typeof one !== 'string' || !one.includes('\u0000')));
      const fields = values.map((one, index) => [`f${index}`, keyScalar('f', one)] as const);
      const id = idOfKey(encodeKey({ scope, action: 'a.b', keyVersion, fields }));
      expect(idsOfKey(readableKey('a.b', fields), scope)).toContain(id);
    }),
  );
});

test.each([
  '',
  'TICKET-77',
  'https://desk.test/77',
  'a:b',
  'a.b:x',
  'a.b:=1',
  'a.b:x=',
  'a.b:x=%zz',
  'a:x=\ud800',
])('what is no readable key leads nowhere: %o', (text) => {
  expect(idsOfKey(text, null)).toEqual([]);
});

test('a key of many ambiguous fields is read in a bounded number of ways', () => {
  const text = `a.b:${Array.from({ length: 40 }, (_, index) => `f${index}=${index}`).join(',')}`;
  expect(idsOfKey(text, null).length).toBeLessThanOrEqual(64 * KEY_VERSIONS_TRIED);
});

test('the fields of an entity, or its id, lead to its id', () => {
  const encoded = encodeKey({
    scope: 'acme',
    action: 'entity',
    keyVersion: 1,
    fields: [['recordId', 'R-7']],
  });
  const id = createHash('sha256').update(encoded).digest('hex');
  expect(entityIdsOf('recordId=R-7', 'acme')).toEqual([id]);
  expect(entityIdsOf(id.toUpperCase(), null)).toEqual([id]);
  expect(entityIdsOf('R-7', null)).toEqual([]);
});
