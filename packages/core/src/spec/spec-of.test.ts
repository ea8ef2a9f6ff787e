import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { actionOf, KINDS } from '../../fixtures/actions.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { SPEC_LINES, specOf } from './spec-of.ts';

describe('the spec of an action', () => {
  test.each(KINDS)('has seven lines that say something, for %s', (kind) => {
    const spec = specOf(actionOf(kind));
    expect(Object.keys(spec)).toEqual(SPEC_LINES.map(([name]) => name));
    expect(Object.keys(spec)).toHaveLength(7);
    for (const line of Object.values(spec)) expect(line).toMatch(/^\S.{10,}/);
  });

  test('says what a crash leads to, by kind', () => {
    const rules = KINDS.map((kind) => specOf(actionOf(kind)).resumeRule.split(';')[0]);
    expect(rules).toEqual([
      'after a crash nothing has happened, and it is performed again',
      'after a crash the same request is sent again under the same key, for 1 hour at most, else it is held in doubt',
      'after a crash the remote is asked after 5 seconds',
      'after a crash it is held in doubt for a person',
    ]);
  });

  test('names key, free fields, scope, entity, approval, window and place', () => {
    const action = defineAction({
      name: 'refund.pay',
      input: z.object({ tenant: z.string(), orderId: z.string(), refundNo: z.int(), why: z.string() }),
      key: ['orderId', 'refundNo'],
      keyVersion: 2,
      free: ['why'],
      scope: 'tenant',
      entity: { key: ['orderId'], rule: 'serial' },
      approval: { required: () => true, expiresInMs: 86_400_000 },
      replayWindowMs: 90 * 86_400_000,
      effect: atMostOnce({ perform: async () => ({ result: null }) }),
    });
    expect(specOf(action, { schema: 'money' })).toMatchObject({
      businessIntent:
        'one refund.pay for each orderId and refundNo within one tenant; those of one orderId act one at a time, in order of submission',
      keyFields:
        'orderId and refundNo (key version 2); why may drift (the first wins), all others must agree',
      storageLocation: expect.stringContaining('money.intent'),
      replayWindow: expect.stringMatching(/^90 days /),
      resumeRule: expect.stringMatching(/resumes the same intent under the same key, within 1 day$/),
    });
  });
});
