import { expect, test } from 'vitest';
import { actions } from '../actions.ts';
import { expectedEffect } from '../oracle/expected-effect.ts';
import { readDecisions } from './read-decisions.ts';

const read = (...lines: readonly (object | string)[]) =>
  readDecisions(
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    actions,
    ({ action, scope, input }) => expectedEffect(action, scope, input),
  );

const ticket = { action: 'ticket.create', input: { caseId: 'CASE-1', subject: 'Refund', body: 'Twice.' } };

test('reads decisions with the intent and the effect that each is for', () => {
  const { decisions, malformed } = read(ticket, '', { ...ticket, scope: 'acme', callId: 'call_1' });
  expect(malformed).toEqual([]);
  expect(decisions).toMatchObject([
    { line: 1, action: 'ticket.create', intent: { scope: null }, business: 'case=CASE-1|create' },
    { line: 3, scope: 'acme', intent: { scope: 'acme' }, business: 'case=acme/CASE-1|create' },
  ]);
  expect(decisions[0]?.intent).toMatchObject({ key: 'ticket.create:caseId=CASE-1' });
  expect(decisions[0]?.intent.id).not.toBe(decisions[1]?.intent.id);
});

test('takes the name of an effect from the input as its schema lets it through', () => {
  const message = { messageId: 'M-1', recipient: 'Ada@Example.com', version: 2, subject: '', body: '' };
  const { decisions } = read({ action: 'message.send', input: message });
  expect(decisions[0]?.business).toBe('message=M-1|recipient=ada@example.com|version=2|send');
});

test('names malformed lines and reads the rest', () => {
  const { decisions, malformed } = read(
    '{"action":',
    '[1]',
    { input: {} },
    { action: 'ticket.create' },
    { ...ticket, action: 'ticket.creat' },
    { ...ticket, action: 'invoice.send' },
    { ...ticket, input: { ...ticket.input, caseId: 7 } },
    { ...ticket, scope: 7 },
    { ...ticket, input: { ...ticket.input, caseId: '\ud800' } },
    ticket,
  );
  expect(decisions.map(({ line }) => line)).toEqual([10]);
  expect(malformed).toEqual([
    { line: 1, why: expect.stringContaining('not JSON') },
    { line: 2, why: 'not a JSON object' },
    { line: 3, why: '"action" must be the name of an action' },
    { line: 4, why: '"input" is missing' },
    { line: 5, why: 'unknown action ticket.creat; did you mean ticket.create?' },
    { line: 6, why: expect.stringMatching(/^unknown action invoice\.send; known are ticket\.create, /) },
    { line: 7, why: expect.stringContaining('caseId') },
    { line: 8, why: '"scope" must be a text' },
    { line: 9, why: expect.stringContaining('caseId') },
  ]);
});

test('reads files of Windows, and marks of byte order', () => {
  const { decisions, malformed } = read(`\ufeff${JSON.stringify(ticket)}\r`, `${JSON.stringify(ticket)}\r`);
  expect([decisions.length, malformed.length]).toEqual([2, 0]);
});
