import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Action, EntityRule } from '../action/action.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { InvalidKey } from '../errors.ts';
import { entityOf } from './entity-of.ts';

const effect = atMostOnce({ perform: async () => ({ result: null }) });
const input = z.object({ orderId: z.string(), line: z.number(), revision: z.number() });

function acting(entity?: EntityRule<'orderId' | 'line' | 'revision'>, name = 'order.update'): Action {
  const rest = entity === undefined ? {} : { entity };
  return defineAction({ name, input, key: ['orderId'], effect, ...rest }) as unknown as Action;
}
const serial = acting({ key: ['orderId', 'line'], rule: 'serial' });
const given = { orderId: 'O-1', line: 2, revision: 7 };

describe('what an intent acts on', () => {
  test('is nothing that it shares where the action names nothing', () => {
    expect(entityOf(acting(), null, given)).toBeNull();
  });

  test('is one for all actions that name the same fields, in any order', () => {
    const id = entityOf(serial, null, given)?.id;
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const other = acting({ key: ['line', 'orderId'], rule: 'version', version: 'revision' }, 'order.cancel');
    expect(entityOf(other, null, given)?.id).toBe(id);
  });

  test('is another one for another value, field or tenant', () => {
    const ids = [
      entityOf(serial, null, given),
      entityOf(serial, 'acme', given),
      entityOf(serial, null, { ...given, line: 3 }),
      entityOf(acting({ key: ['orderId'], rule: 'serial' }), null, given),
    ].map((entity) => entity?.id);
    expect(new Set(ids).size).toBe(4);
  });

  test('carries its version where the rule needs one', () => {
    expect(entityOf(serial, null, given)).toMatchObject({ rule: 'serial', version: null });
    const versioned = acting({ key: ['orderId'], rule: 'version', version: 'revision' });
    expect(entityOf(versioned, null, given)).toMatchObject({ rule: 'version', version: 7 });
    for (const revision of [1.5, '7', undefined]) {
      expect(() => entityOf(versioned, null, { ...given, revision })).toThrow(InvalidKey);
    }
  });

  test('must be named by what can identify something', () => {
    expect(() => entityOf(serial, null, { ...given, line: 0.5 })).toThrow('key field line');
    expect(() => entityOf(serial, null, { ...given, orderId: '' })).toThrow(InvalidKey);
  });
});
