import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Action, PreviousKey } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { InvalidInput, InvalidKey } from '../errors.ts';
import { deriveIntent, MAX_KEY_LENGTH } from './derive-intent.ts';
import { encodeKey, idOfKey } from './encode-key.ts';

const input = z.object({
  caseId: z.string(),
  revision: z.number().default(1),
  body: z.string().default('text'),
  tenant: z.union([z.string(), z.number()]).optional(),
  customer: z.object({ id: z.string() }).default({ id: 'C-1' }),
});
type Path = 'caseId' | 'revision' | 'customer.id';
const effect = atMostOnce({ perform: async () => ({ result: null }) });

function action(key: [Path, ...Path[]] = ['caseId'], other: object = {}): Action {
  return defineAction({
    name: 'ticket.create',
    input,
    key,
    free: ['body'],
    effect,
    ...other,
  }) as unknown as Action;
}
/** An action whose key field takes any value, as a schema in plain JavaScript could. */
const anyKey = defineAction({
  name: 'ticket.create',
  input: z.object({ id: z.unknown() }) as unknown as z.ZodObject<{ id: z.ZodString }>,
  key: ['id'],
  effect,
});
const idOf = (given: unknown, of: Action = action()) => deriveIntent(of, given).id;

describe('an intent', () => {
  test('is the same on every machine', () => {
    expect(deriveIntent(action(), { caseId: 'CASE-1042' })).toEqual({
      id: '9e431f10-6e1a-84c1-8689-876f79ea64e9',
      key: 'ticket.create:caseId=CASE-1042',
      fingerprint: '879b7cc6a11ca8bf83f56c50cfc4af9c63033c936e4a440d3ab8d3abc51ca963',
      scope: null,
      input: { caseId: 'CASE-1042', revision: 1, body: 'text', customer: { id: 'C-1' } },
      inputText: '{"caseId":"CASE-1042","revision":1,"body":"text","customer":{"id":"C-1"}}',
      previousIds: [],
    });
  });

  test('is one for every wording of its free fields, and for every order of its fields', () => {
    const first = deriveIntent(action(), { caseId: 'A', body: 'one', revision: 2 });
    const later = deriveIntent(action(), { revision: 2, body: 'two', caseId: 'A' });
    expect([later.id, later.fingerprint]).toEqual([first.id, first.fingerprint]);
  });

  test('is one for NFC and NFD spellings', () => {
    expect(idOf({ caseId: 'Zo\u00eb' })).toBe(idOf({ caseId: 'Zoe\u0308' }));
    expect(deriveIntent(action(), { caseId: 'Zoe\u0308' }).key).toBe('ticket.create:caseId=Zo\u00eb');
  });

  test('is one for every order of the key in its definition', () => {
    const ids = [
      idOf({ caseId: 'A' }, action(['caseId', 'revision', 'customer.id'])),
      idOf({ caseId: 'A' }, action(['customer.id', 'revision', 'caseId'])),
    ];
    expect(new Set(ids).size).toBe(1);
  });

  test('is another one for the number 1 and the text "1"', () => {
    expect(idOf({ id: 1 }, anyKey as Action)).not.toBe(idOf({ id: '1' }, anyKey as Action));
  });

  test('is another one in another action, key version, scope and key field', () => {
    const ids = [
      idOf({ caseId: 'A' }),
      idOf({ caseId: 'B' }),
      idOf({ caseId: 'A' }, action(['caseId'], { name: 'ticket.update' })),
      idOf({ caseId: 'A' }, action(['caseId'], { keyVersion: 2 })),
      idOf({ caseId: 'A' }, action(['caseId', 'revision'])),
      deriveIntent(action(), { caseId: 'A' }, { scope: 'acme' }).id,
      deriveIntent(action(), { caseId: 'A' }, { scope: 'other' }).id,
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('does not change with clock, randomness, process or environment', () => {
    const before = idOf({ caseId: 'A' });
    const { random } = Math;
    const { now } = Date;
    process.env.LATCHKEY_TEST_HOST = 'another';
    Math.random = () => 0.5;
    Date.now = () => 0;
    try {
      expect(idOf({ caseId: 'A' })).toBe(before);
    } finally {
      delete process.env.LATCHKEY_TEST_HOST;
      Math.random = random;
      Date.now = now;
    }
  });
});

describe('the readable key', () => {
  const keyOf = (caseId: string) => deriveIntent(action(), { caseId }).key;

  test('names fields in the order of the definition', () => {
    const key = deriveIntent(action(['revision', 'customer.id', 'caseId']), { caseId: 'A', revision: 3 }).key;
    expect(key).toBe('ticket.create:revision=3,customer.id=C-1,caseId=A');
  });

  test('escapes what has a meaning in it', () => {
    expect(keyOf('a=b,c%20')).toBe('ticket.create:caseId=a%3Db%2Cc%2520');
    expect(keyOf('a:b/c?d')).toBe('ticket.create:caseId=a:b/c?d');
  });

  test('is on one line and shows every character, in one direction', () => {
    expect(keyOf('a b\r\n\t\u0085\u2028')).toBe('ticket.create:caseId=a%20b%0D%0A%09%C2%85%E2%80%A8');
    expect(keyOf('a\u200bb\u202ec\ufeff\u00a0')).toBe(
      'ticket.create:caseId=a%E2%80%8Bb%E2%80%AEc%EF%BB%BF%C2%A0',
    );
    expect(keyOf('Zürich 東京 😀')).toBe('ticket.create:caseId=Zürich%20東京%20😀');
  });

  test('has 255 characters at most, escapes counted', () => {
    const room = MAX_KEY_LENGTH - 'ticket.create:caseId='.length;
    expect(keyOf('x'.repeat(room))).toHaveLength(MAX_KEY_LENGTH);
    expect(() => keyOf('x'.repeat(room + 1))).toThrow(InvalidKey);
    expect(() => keyOf(`${'x'.repeat(room - 1)} `)).toThrow('has 257 characters, more than 255');
  });
});

describe('a key field', () => {
  test.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a float', 1.5],
    ['too large for a safe integer', 2 ** 53],
    ['a NUL', 'a\u0000b'],
    ['a list', ['a']],
    ['an object', { id: 1 }],
  ])('that is %s identifies nothing', (_, id) => {
    expect(() => deriveIntent(anyKey, { id })).toThrow(InvalidKey);
    expect(() => deriveIntent(anyKey, { id })).toThrow('key field id');
  });

  test('with a lone surrogate is refused, so that two of them never become one intent', () => {
    for (const caseId of ['case \ud800', 'case \ud801']) {
      expect(() => deriveIntent(action(), { caseId })).toThrow(InvalidInput);
    }
  });

  test('that the schema refuses is named', () => {
    expect(() => deriveIntent(action(), { caseId: 5 })).toThrow(InvalidInput);
    expect(() => deriveIntent(action(), { caseId: 5 })).toThrow('caseId');
  });
});

describe('the scope', () => {
  const scoped = action(['caseId'], { scope: 'tenant' });

  test('comes from the input where the action names a field', () => {
    expect(deriveIntent(scoped, { caseId: 'A', tenant: 'acme' }).scope).toBe('acme');
    expect(deriveIntent(scoped, { caseId: 'A', tenant: 7 }).scope).toBe('7');
  });

  test('may be said as well, if it agrees', () => {
    const given = { caseId: 'A', tenant: 'acme' };
    expect(deriveIntent(scoped, given, { scope: 'acme' }).id).toBe(deriveIntent(scoped, given).id);
    expect(() => deriveIntent(scoped, given, { scope: 'other' })).toThrow(InvalidKey);
  });

  test('of a field and one that is said give the same intent', () => {
    const said = deriveIntent(action(), { caseId: 'A' }, { scope: 'acme' });
    expect(deriveIntent(scoped, { caseId: 'A', tenant: 'acme' }).id).toBe(said.id);
    expect(said.key).toBe('ticket.create:caseId=A');
  });

  test('must be there where the action names a field', () => {
    expect(() => deriveIntent(scoped, { caseId: 'A' }, { scope: 'acme' })).toThrow('tenant is missing');
  });

  test.each(['', 'a\u0000', '\ud800', 'x'.repeat(256)])("can't be %o", (scope) => {
    expect(() => deriveIntent(action(), { caseId: 'A' }, { scope })).toThrow(InvalidKey);
  });
});

describe('earlier key versions', () => {
  const until = '2030-01-01T00:00:00Z';
  const previous = (...keys: string[][]): PreviousKey[] =>
    keys.map((key, index) => ({ version: index + 1, key, until }));
  const derive = (given: object, ...keys: string[][]) =>
    deriveIntent(action(['caseId', 'revision'], { keyVersion: 9, previousKeys: previous(...keys) }), given);

  test('give the ids that they gave when they were current', () => {
    const { previousIds } = derive({ caseId: 'A' }, ['caseId'], ['customer.id']);
    const customers = {
      scope: null,
      action: 'ticket.create',
      keyVersion: 2,
      fields: [['customer.id', 'C-1']],
    } as const;
    expect(previousIds).toEqual([
      { id: idOf({ caseId: 'A' }), until },
      { id: idOfKey(encodeKey(customers)), until },
    ]);
  });

  test('keep the fingerprint', () => {
    expect(derive({ caseId: 'A' }, ['caseId']).fingerprint).toBe(
      deriveIntent(action(), { caseId: 'A' }).fingerprint,
    );
  });

  test('are left out where a field of theirs is gone', () => {
    expect(derive({ caseId: 'A' }, ['tenant']).previousIds).toEqual([]);
  });

  test("are left out where a field of theirs can't be in a key any more", () => {
    expect(derive({ caseId: 'A', tenant: '' }, ['tenant']).previousIds).toEqual([]);
    expect(derive({ caseId: 'A', tenant: 1.5 }, ['tenant'], ['caseId']).previousIds).toHaveLength(1);
    expect(derive({ caseId: 'A' }, ['customer']).previousIds).toEqual([]);
  });

  test('are looked up in the same scope', () => {
    const old = deriveIntent(action(), { caseId: 'A' }, { scope: 'acme' });
    const now = deriveIntent(
      action(['revision'], { keyVersion: 2, previousKeys: previous(['caseId']) }),
      { caseId: 'A' },
      { scope: 'acme' },
    );
    expect(now.previousIds.map(({ id }) => id)).toEqual([old.id]);
  });
});

describe('a hostile input', () => {
  const loose = defineAction({
    name: 'ticket.create',
    input: z.looseObject({ id: z.string() }),
    key: ['id'],
    effect,
  });

  test('with `__proto__` changes no prototype and no other field', () => {
    const given = JSON.parse('{"id":"A","__proto__":{"polluted":true},"nested":{"__proto__":{"id":"B"}}}');
    const derived = deriveIntent(loose, given);
    expect(derived.key).toBe('ticket.create:id=A');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(derived.input)).toBe(Object.prototype);
  });

  test('with a key field that only its prototype has is refused', () => {
    const byPrototype = defineAction({
      name: 'ticket.create',
      input: z.looseObject({}) as unknown as z.ZodObject<{ constructor: z.ZodString }>,
      key: ['constructor'] as never,
      effect,
    });
    expect(() => deriveIntent(byPrototype, {})).toThrow('constructor is missing');
  });

  test('with SQL and HTML in its key is just text', () => {
    const id = `'; drop table intent; --<script>alert(1)</script>`;
    expect(deriveIntent(loose, { id }).key).toBe(
      "ticket.create:id=';%20drop%20table%20intent;%20--<script>alert(1)</script>",
    );
  });
});
