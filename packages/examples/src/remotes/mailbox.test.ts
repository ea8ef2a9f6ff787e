import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { countEffects, readEffects, readFaults } from '../oracle/effects.ts';
import { mailHeaders } from './mail-headers.ts';
import { type RunningRemote, startRemote } from './start-remote.ts';

const folderFor = () => mkdtempDisposable(join(tmpdir(), 'mailbox-'));

function send(mailbox: RunningRemote, id: string, to: string | string[] = 'ada@example.test') {
  return createTransport({ url: mailbox.url, ignoreTLS: true }).sendMail({
    from: 'agent@example.test',
    to,
    subject: `About ${id}`,
    text: 'Hello',
    headers: { 'X-Message-Id': id, 'X-Message-Version': '2', 'X-Entity-Ref': 'CASE-1' },
  });
}

test('logs one effect for each recipient and says where it is queued', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'mail.jsonl');
  await using mailbox = await startRemote('mailbox', { logFile });
  const { response } = await send(mailbox, 'M-1', ['ada@example.test', 'bob@example.test']);
  expect(response).toBe('250 2.0.0 Ok: queued as Q1001');
  await send(mailbox, 'M-1');
  const effects = await readEffects(logFile);
  expect(countEffects(effects)).toEqual(
    new Map([
      ['message=M-1|recipient=ada@example.test|version=2|send', 2],
      ['message=M-1|recipient=bob@example.test|version=2|send', 1],
    ]),
  );
  expect(effects[0]?.detail).toMatchObject({ queueId: 'Q1001', subject: 'About M-1', entityRef: 'CASE-1' });
  expect(await mailbox.stats()).toMatchObject({ effects: 3, requests: 2 });
});

test('has the message in its log when the answer is lost (dropped, 451)', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'mail.jsonl');
  await using mailbox = await startRemote('mailbox', { logFile, faults: { dropAfterCommit: 1 } });
  const dropped = await send(mailbox, 'M-1').catch((cause: unknown) => cause);
  expect(dropped).toBeInstanceOf(Error);
  expect(dropped).not.toHaveProperty('responseCode');
  await mailbox.setFaults({ errorAfterCommit: 1 });
  await expect(send(mailbox, 'M-2')).rejects.toMatchObject({ responseCode: 451, command: 'DATA' });
  expect([...countEffects(await readEffects(logFile)).values()]).toEqual([1, 1]);
  expect((await readFaults(logFile)).map(({ fault }) => fault)).toEqual([
    'dropAfterCommit',
    'errorAfterCommit',
  ]);
});

test('refuses (421) and declines (550) before it takes the message', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'mail.jsonl');
  await using mailbox = await startRemote('mailbox', { logFile, faults: { refuse: 1 } });
  await expect(send(mailbox, 'M-1')).rejects.toMatchObject({ responseCode: 421, command: 'MAIL FROM' });
  await mailbox.setFaults({ decline: 1 });
  await expect(send(mailbox, 'M-1')).rejects.toMatchObject({ responseCode: 550, command: 'RCPT TO' });
  expect(await readEffects(logFile)).toEqual([]);
  expect(await mailbox.stats()).toMatchObject({ effects: 0, faults: { refuse: 1, decline: 1 } });
});

test('takes no message that was cut off before its end', async () => {
  await using folder = await folderFor();
  const logFile = join(folder.path, 'mail.jsonl');
  await using mailbox = await startRemote('mailbox', { logFile });
  const socket = connect(mailbox.port, '127.0.0.1');
  for (const line of ['EHLO me', 'MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) {
    await once(socket, 'data');
    socket.write(`${line}\r\n`);
  }
  await once(socket, 'data');
  socket.end('X-Message-Id: M-1\r\n\r\nhalf of the mess');
  await once(socket.resume(), 'close');
  await send(mailbox, 'M-2');
  expect((await readEffects(logFile)).map(({ detail }) => detail.messageId)).toEqual(['M-2']);
});

test('reads folded headers, the first of each name', () => {
  const headers = mailHeaders(
    Buffer.from('Subject: one\r\n two\r\nX-A: 1\r\nx-a: 2\r\n\r\nX-B: in the body\r\n'),
  );
  expect([...headers]).toEqual([
    ['subject', 'one two'],
    ['x-a', '1'],
  ]);
});
