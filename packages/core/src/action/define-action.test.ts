import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidAction } from '../errors.ts';
import type { ActionDefinition } from './action.ts';
import { defineAction, unknownOptions } from './define-action.ts';
import { atMostOnce, idempotent, reconcilable, transactional } from './effect.ts';

const input = z.object({
  caseId: z.string(),
  tenant: z.string(),
  body: z.string(),
  who: z.object({ id: z.string() }),
});
const perform = async () => ({ result: null });
const effect = atMostOnce({ perform });
const always = (): boolean => true;

/** Defines an action as untyped JavaScript could. */
function define(other: object) {
  return defineAction({
    name: 'ticket.create',
    input,
    key: ['caseId'],
    effect,
    ...other,
  } as unknown as ActionDefinition<typeof input, unknown>);
}

function faultsOf(other: object): string {
  try {
    define(other);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidAction);
    return (error as Error).message;
  }
  return '';
}

describe('a definition that leaves everything open', () => {
  test('gets defaults that suit a remote call', () => {
    expect(define({})).toMatchObject({
      keyVersion: 1,
      previousKeys: [],
      free: [],
      scope: null,
      approval: null,
      entity: null,
      replayWindowMs: 2_592_000_000,
      leaseMs: 30_000,
      deadlineMs: 60_000,
      retry: { attempts: 10, backoffMs: 500, maxBackoffMs: 60_000 },
    });
  });

  test('keeps the other defaults of a retry policy that names one number', () => {
    expect(define({ retry: { attempts: 2 } }).retry).toEqual({
      attempts: 2,
      backoffMs: 500,
      maxBackoffMs: 60_000,
    });
  });

  test('holds a doubt about a reconcilable effect unless told to perform', () => {
    const reconcile = async () => ({ found: false }) as const;
    expect(reconcilable({ quietMs: 1, perform, reconcile }).whenAbsent).toBe('hold');
    expect(reconcilable({ quietMs: 1, perform, reconcile, whenAbsent: 'perform' }).whenAbsent).toBe(
      'perform',
    );
  });
});

describe('a defined action', () => {
  test('is frozen, with all its lists', () => {
    const action = define({ free: ['body'], previousKeys: [] });
    const parts = [action, action.key, action.free, action.previousKeys, action.retry];
    expect(parts.filter((part) => !Object.isFrozen(part))).toEqual([]);
  });

  test("doesn't follow later changes of the lists that it was made from", () => {
    const key = ['caseId'];
    const action = define({ key });
    key.push('body');
    expect(action.key).toEqual(['caseId']);
  });
});

describe('a wrong definition', () => {
  test('is refused with all its faults at once', () => {
    const message = faultsOf({
      name: 'Ticket Create',
      input: {},
      key: [],
      free: ['tenant'],
      scope: 'tenant',
      keyVersion: 0,
      leaseMs: 10,
      retry: { attempts: 0 },
      replayWindow: 5,
      effect: idempotent({ keyTtlMs: 1_000, perform }),
    });
    for (const fault of [
      'name:',
      'input:',
      'key: name at least one',
      'free: tenant is the scope',
      'keyVersion:',
      'leaseMs:',
      'retry.attempts:',
      'unknown option replayWindow; did you mean replayWindowMs?',
      "effect.keyTtlMs: 1000 isn't longer than deadlineMs (60000)",
    ]) {
      expect(message).toContain(`\n- ${fault}`);
    }
    expect(message.split('\n- ')).toHaveLength(10);
  });

  test.each([
    ['an upper-case name', { name: 'Ticket' }, 'name:'],
    ['a name that ends with a dot', { name: 'ticket.' }, 'name:'],
    ['a name of 101 characters', { name: 'a'.repeat(101) }, 'name:'],
    ['a name with a colon', { name: 'ticket:create' }, 'name:'],
    ['no schema', { input: undefined }, 'input:'],
    ['no key', { key: undefined }, 'key:'],
    ['a field twice in the key', { key: ['caseId', 'caseId'] }, 'key: a field is named twice'],
    ['a free key field', { free: ['caseId'] }, 'free: caseId is part of the key (caseId)'],
    [
      'a free object around a key field',
      { key: ['who.id'], free: ['who'] },
      'free: who is part of the key (who.id)',
    ],
    [
      'a field below a key field',
      { key: ['who'], free: ['who.id'] },
      'free: who.id is part of the key (who)',
    ],
    ['a free field within the scope', { scope: 'who.id', free: ['who'] }, 'free: who is the scope'],
    ['a key version that is no whole number', { keyVersion: 1.5 }, 'keyVersion:'],
    ['a key version beyond 32767', { keyVersion: 32_768 }, 'keyVersion:'],
    ['a replay window below zero', { replayWindowMs: -1 }, 'replayWindowMs:'],
    ['a replay window that is a text', { replayWindowMs: '30d' }, 'replayWindowMs:'],
    ['a lease under 100 ms', { leaseMs: 99 }, 'leaseMs:'],
    ['a lease that no timer can hold', { leaseMs: 2_147_483_648 }, 'leaseMs:'],
    ['no time at all', { deadlineMs: 0 }, 'deadlineMs:'],
    ['a deadline that no timer can hold', { deadlineMs: 2_147_483_648 }, 'deadlineMs:'],
    [
      'a longest backoff below the first',
      { retry: { backoffMs: 9, maxBackoffMs: 8 } },
      'retry.maxBackoffMs:',
    ],
    ['too many attempts', { retry: { attempts: 1_001 } }, 'retry.attempts:'],
    ['a misspelt retry', { retry: { attempt: 3 } }, 'retry: unknown option attempt; did you mean attempts?'],
    ['no effect', { effect: undefined }, 'effect:'],
    ['an effect of no kind', { effect: { perform } }, 'effect:'],
    ['an effect that does nothing', { effect: { kind: 'transactional' } }, 'effect.perform: a function'],
    ['a remote without a window', { effect: { kind: 'idempotent', perform } }, 'effect.keyTtlMs:'],
    [
      'a remote that is never asked',
      { effect: { kind: 'reconcilable', perform } },
      'effect.reconcile: a function',
    ],
    [
      'a quiet period below zero',
      { effect: reconcilable({ quietMs: -1, perform, reconcile: perform as never }) },
      'effect.quietMs:',
    ],
    [
      'an approval that nobody is asked for',
      { approval: { expiresInMs: 5 } },
      'approval.required: a function',
    ],
    ['an approval without an end', { approval: { required: always } }, 'approval.expiresInMs:'],
    [
      'a misspelt approval',
      { approval: { required: always, expiresInMs: 5, expireInMs: 5 } },
      'approval: unknown option expireInMs; did you mean expiresInMs?',
    ],
    ['an entity without a key', { entity: { key: [], rule: 'serial' } }, 'entity.key: name at least one'],
    ['an entity without a rule', { entity: { key: ['caseId'] } }, "entity.rule: 'serial' or 'version'"],
    ['a rule without its version', { entity: { key: ['caseId'], rule: 'version' } }, 'entity.version:'],
    [
      'a version without its rule',
      { entity: { key: ['caseId'], rule: 'serial', version: 'body' } },
      'entity.version:',
    ],
  ])('with %s is refused, and says where', (_, other, fault) => {
    expect(faultsOf(other)).toContain(`\n- ${fault}`);
  });

  test.each([
    [{ version: 2, key: ['caseId'], until: '2030-01-01' }, 'version 2 must be lower than keyVersion 2'],
    [{ version: 0, key: ['caseId'], until: '2030-01-01' }, 'version 0 must be lower'],
    [{ version: 1, key: [], until: '2030-01-01' }, 'name at least one field'],
    [{ version: 1, key: ['caseId'], until: 'some day' }, 'until some day is no date'],
  ])('with the earlier key %o is refused', (previous, fault) => {
    expect(faultsOf({ keyVersion: 2, previousKeys: [previous] })).toContain(fault);
  });

  test('names the action it is about', () => {
    expect(faultsOf({ key: [] })).toContain('action "ticket.create":');
  });
});

test.each([
  ['transactional', transactional({ perform })],
  ['idempotent', idempotent({ keyTtlMs: 60_001, perform })],
  ['reconcilable', reconcilable({ quietMs: 0, perform, reconcile: async () => ({ found: false }) })],
  ['atMostOnce', atMostOnce({ perform })],
])('takes an effect that is %s', (kind, one) => {
  expect(define({ effect: one }).effect.kind).toBe(kind);
});

describe('unknownOptions', () => {
  const known = ['leaseMs', 'deadlineMs'];

  test('suggests the nearest name, however it is capitalised', () => {
    expect(unknownOptions({ leasems: 1, deadline: 2 }, known)).toEqual([
      'unknown option leasems; did you mean leaseMs?',
      'unknown option deadline; did you mean deadlineMs?',
    ]);
  });

  test('suggests nothing where no name is near', () => {
    expect(unknownOptions({ concurrency: 1 }, known)).toEqual(['unknown option concurrency']);
  });

  test('passes what is known', () => {
    expect(unknownOptions({ leaseMs: 1 }, known)).toEqual([]);
  });
});
