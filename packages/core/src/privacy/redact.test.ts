import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { intentRecord } from '../../fixtures/intent-record.ts';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { endingOf } from '../deliver/ending-of.ts';
import { Declined, InvalidAction, InvalidInput } from '../errors.ts';
import { parseInput } from '../intent/parse-input.ts';
import { hideValues, redact, redactText } from './redact.ts';
import { redactAnswer, redactRecord } from './redact-record.ts';

const input = z.object({
  caseId: z.string(),
  customer: z.object({ email: z.string(), name: z.string() }),
  pin: z.int(),
});
const perform = async () => ({ result: { token: 'T-1', note: 'done' } });
const effect = atMostOnce({ perform });
const base = { name: 'ticket.create', input, key: ['caseId'], effect } as const;
const action = defineAction({ ...base, redact: ['customer.email', 'pin', 'token'] });
const given = { caseId: 'CASE-1', customer: { email: 'ada@example.com', name: 'Ada' }, pin: 42 };

describe('redaction', () => {
  test('replaces the named fields of input and result, and leaves what was given alone', () => {
    const before = structuredClone(given);
    expect(redact(action, given)).toEqual({
      caseId: 'CASE-1',
      customer: { email: '[redacted]', name: 'Ada' },
      pin: '[redacted]',
    });
    expect(given).toEqual(before);
    expect(redact(action, { token: 'T-1', note: 'done' })).toEqual({ token: '[redacted]', note: 'done' });
  });

  test('replaces a list or an object as a whole, and reaches into each element of a list on the way', () => {
    expect(
      redact({ redact: ['to', 'lines.price'] }, { to: ['a', 'b'], lines: [{ price: 1, sku: 'x' }] }),
    ).toEqual({
      to: '[redacted]',
      lines: [{ price: '[redacted]', sku: 'x' }],
    });
  });

  test('leaves names only where nobody knows what is secret, and nothing of what is no JSON', () => {
    expect(redactText(null, '{"a":{"b":1},"c":["x",null]}')).toBe(
      '{"a":{"b":"[redacted]"},"c":["[redacted]",null]}',
    );
    expect(redactText(null, '"all of it"')).toBe('"[redacted]"');
    expect(redactText(action, 'not JSON')).toBe('[redacted]');
  });

  test('holds for records and for answers', () => {
    const record = intentRecord({ input: JSON.stringify(given), result: '{"token":"T-1"}' });
    expect(JSON.stringify(redactRecord(action, record))).not.toMatch(/ada@|pin[^r]*42|T-1/);
    const answer = {
      intentId: '',
      key: '',
      action: '',
      status: 'succeeded',
      replayed: false,
      attempt: 1,
      completedAt: null,
    } as const;
    expect(redactAnswer(action, { ...answer, result: { token: 'T-1', note: 'x' } }).result).toEqual({
      token: '[redacted]',
      note: 'x',
    });
  });

  test('takes a value off a text as it is, in JSON and in a URL', () => {
    const secret = { redact: ['q'] };
    expect(hideValues(secret, { q: 'a "b" c' }, 'got a "b" c; {"q":"a \\"b\\" c"}; ?q=a%20%22b%22%20c')).toBe(
      'got [redacted]; {"q":"[redacted]"}; ?q=[redacted]',
    );
    expect(hideValues(secret, { q: '42' }, 'pin 42 of 1042 (42)')).toBe(
      'pin [redacted] of 1042 ([redacted])',
    );
    expect(hideValues(secret, { q: { x: ['deep', 7] } }, 'deep 7')).toBe('[redacted] [redacted]');
    expect(hideValues(secret, { q: true }, 'true')).toBe('true');
  });

  test('takes it off the error that is stored, before that is cut', () => {
    const record = intentRecord({ input: JSON.stringify(given) });
    const thrown = new Declined(`${'x'.repeat(1_990)} ada@example.com is unknown`, {
      cause: new Error('pin 42'),
    });
    const ending = endingOf(action, record, { kind: 'declined', error: thrown });
    expect(JSON.stringify(ending)).not.toMatch(/ada@|pin 42/);
    const short = endingOf(action, record, {
      kind: 'declined',
      error: new Declined('no ada@example.com here'),
    });
    expect(short).toMatchObject({ state: 'failed', error: { message: 'no [redacted] here' } });
  });

  test('takes it off the refusal of an input, whatever the schema repeats', () => {
    const nosy = z.object({ ...input.shape, caseId: z.string() }).superRefine((all, ctx) => {
      ctx.addIssue({ code: 'custom', path: ['customer', 'email'], message: `was ${all.customer.email}` });
      ctx.addIssue({ code: 'custom', path: ['caseId'], message: `not for ${all.customer.email}` });
    });
    const refusing = defineAction({ ...base, input: nosy, redact: ['customer.email'] });
    const refuse = () => parseInput(refusing, given);
    expect(refuse).toThrow(InvalidInput);
    expect(refuse).toThrow(
      "input of ticket.create: customer.email: doesn't fit (redacted); caseId: not for [redacted]",
    );
  });

  test('is refused for the key and the scope, which are readable', () => {
    expect(() => defineAction({ ...base, redact: ['caseId'] })).toThrow(InvalidAction);
    expect(() => defineAction({ ...base, redact: ['caseId'] })).toThrow(
      /redact: caseId is part of the key.*hash/,
    );
    const scoped = { ...base, scope: 'customer.name' } as const;
    expect(() => defineAction({ ...scoped, redact: ['customer'] })).toThrow(/redact: customer is the scope/);
  });

  test('takes paths of the input and the result, and no others', () => {
    // @ts-expect-error no such field in either
    defineAction({ ...base, redact: ['customer.phone'] });
  });
});
