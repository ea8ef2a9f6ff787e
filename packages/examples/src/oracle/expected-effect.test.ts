import { expect, test } from 'vitest';
import { expectedEffect } from './expected-effect.ts';

const words = { subject: '', body: '' };

test.each([
  ['ticket.create', null, { caseId: 'CASE-1', ...words }, 'case=CASE-1|create'],
  ['ticket.create', 'acme', { caseId: 'a/b', ...words }, 'case=acme/a%252Fb|create'],
  [
    'message.send',
    'acme',
    { messageId: 'M-1', recipient: 'a@b.example', version: 2, ...words },
    'message=acme/M-1|recipient=a@b.example|version=2|send',
  ],
  [
    'page.publish',
    null,
    { contentId: 'G-1', destination: 'help', revision: 3, title: '', html: '' },
    'destination=help|content=G-1|revision=3|publish',
  ],
  ['record.update', null, { recordId: 'R-1', version: 4, values: {} }, 'record=R-1|version=4|update'],
])('names the effect of %s (tenant %s)', (action, scope, input, name) => {
  expect(expectedEffect(action, scope, input)).toBe(name);
});

test('names two spellings of one id alike, and refuses what is no example', () => {
  const spelled = (caseId: string) => expectedEffect('ticket.create', null, { caseId });
  expect(spelled('caf\u00e9')).toBe(spelled('cafe\u0301'));
  expect(() => expectedEffect('invoice.send', null, {})).toThrow('none of the example actions');
});
