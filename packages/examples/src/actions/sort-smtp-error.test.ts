import { Ambiguous, Declined, NotPerformed } from '@latchkey/core';
import { expect, test } from 'vitest';
import { sendMail } from './send-mail.ts';
import { sortSmtpError } from './sort-smtp-error.ts';

const failure = (fields: object) => Object.assign(new Error('failed'), fields);

test.each([
  { named: '421 at MAIL FROM', fields: { command: 'MAIL FROM', responseCode: 421 }, sorted: NotPerformed },
  { named: '450 at RCPT TO', fields: { command: 'RCPT TO', responseCode: 450 }, sorted: NotPerformed },
  { named: '550 at RCPT TO', fields: { command: 'RCPT TO', responseCode: 550 }, sorted: Declined },
  { named: '535 at AUTH', fields: { command: 'AUTH PLAIN', responseCode: 535 }, sorted: NotPerformed },
  {
    named: 'no connection in time',
    fields: { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' },
    sorted: NotPerformed,
  },
  {
    named: 'an unknown host',
    fields: { code: 'EDNS', originalCode: 'ENOTFOUND', command: 'CONN' },
    sorted: NotPerformed,
  },
  { named: '451 after the message', fields: { command: 'DATA', responseCode: 451 }, sorted: Ambiguous },
  { named: '554 after the message', fields: { command: 'DATA', responseCode: 554 }, sorted: Ambiguous },
  { named: 'a lost connection', fields: { code: 'ECONNECTION', command: 'CONN' }, sorted: Ambiguous },
  {
    named: 'a reply cut off behind the message',
    fields: { command: 'CONN', responseCode: 451 },
    sorted: Ambiguous,
  },
  {
    named: 'a reset',
    fields: { code: 'ESOCKET', originalCode: 'ECONNRESET', syscall: 'read' },
    sorted: Ambiguous,
  },
])('sorts $named', ({ fields, sorted }) => {
  expect(sortSmtpError(failure(fields))).toBeInstanceOf(sorted);
});

test('takes a refused connection of the real client for a proof that nothing was sent', async () => {
  const error = await sendMail('smtp://127.0.0.1:1', { to: 'a@example.test', text: '' }, 1_000).catch(
    (cause: unknown) => cause,
  );
  expect(sortSmtpError(error)).toBeInstanceOf(NotPerformed);
});
