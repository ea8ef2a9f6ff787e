import { hash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { adminAnswer } from './admin.ts';
import { businessKey } from './business-key.ts';
import type { Fate } from './effect-stage.ts';
import { HttpProblem } from './http-answer.ts';
import { type ListeningServer, serveHttp } from './http-server.ts';
import type { LogRecord } from './log-record.ts';
import { mailHeaders } from './mail-headers.ts';
import type { ListeningRemote, RemoteContext, RemoteDefinition } from './remote.ts';

/**
 * A mail server that keeps no mail: each accepted message is one effect for each of its recipients.
 *
 * An effect is named by the headers `X-Message-Id` (else `Message-ID`) and `X-Message-Version` (else 1) and the
 * recipient. The server offers neither a key nor a lookup, as mail servers don't. It refuses (421) at MAIL and declines
 * (550) at RCPT, so both are certain; an error (451) or a lost connection after the message is not.
 */
export const mailbox: RemoteDefinition = { kind: 'mailbox', flags: {}, start: startMailbox };

const kind = 'mail';
const messageLimitBytes = 16 * 1024 * 1024;
const stopGraceMs = 2_000;

interface Mailbox {
  readonly context: RemoteContext;
  /** Open connections by the client's port, which is all that a session tells of its own. */
  readonly sockets: Map<number, Socket>;
  /** Client ports whose message is being taken in. */
  readonly busy: Set<number>;
  queued: number;
}

type Reply = (error?: Error | null, message?: string) => void;

async function startMailbox(context: RemoteContext): Promise<ListeningRemote> {
  const { stage, faults, name, past, port } = context;
  const box: Mailbox = { context, sockets: new Map(), busy: new Set(), queued: past.length };
  const smtp = createSmtpServer(box);
  const listening = once(smtp.server, 'listening');
  smtp.listen(port, '127.0.0.1');
  await listening;
  const admin = await serveHttp(0, (request) => {
    const answer = adminAnswer(request, faults, stage.stats);
    if (answer !== undefined) return answer;
    throw new HttpProblem(404, 'Not Found', `${name} speaks SMTP; this port has only /_faults and /_stats.`);
  });
  const address = smtp.server.address() as AddressInfo;
  return { port: address.port, adminPort: admin.port, stop: () => stop(box, smtp, admin) };
}

function createSmtpServer(box: Mailbox): SMTPServer {
  const { stage, name } = box.context;
  const smtp = new SMTPServer({
    name: 'localhost',
    banner: name,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: messageLimitBytes,
    rejectOversized: true,
    closeTimeout: stopGraceMs,
    onMailFrom: (_sender, _session, reply) => {
      answerWith(reply, async () => {
        if (!(await stage.admit(''))) throw smtpError(421, '4.3.2 Service not available, try again later');
      });
    },
    onRcptTo: ({ address }, _session, reply) => {
      answerWith(reply, async () => {
        if (await stage.declined(address)) throw smtpError(550, '5.1.1 Mailbox unavailable');
      });
    },
    onData: (stream, session, reply) => void takeMessage(box, stream, session, reply),
  });
  smtp.server.on('connection', (socket) => {
    const { remotePort = 0 } = socket;
    box.sockets.set(remotePort, socket);
    socket.once('close', () => box.sockets.delete(remotePort));
  });
  // A client that goes away in mid-session is no concern of ours; what it had finished is in the log.
  smtp.on('error', (error) => console.error(`${name}: ${error.message}`));
  return smtp;
}

function answerWith(reply: Reply, step: () => Promise<void>): void {
  step().then(
    () => reply(),
    (cause: unknown) => reply(cause instanceof Error ? cause : new Error(String(cause))),
  );
}

async function takeMessage(
  box: Mailbox,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  reply: Reply,
): Promise<void> {
  box.busy.add(session.remotePort);
  try {
    const message = await readMessage(stream);
    if (message === 'torn') return;
    // The library answers 552 whatever we say; an oversized message isn't an effect.
    if (stream.sizeExceeded) return reply();
    const { fate, queueId } = await deliver(box, message, session);
    if (fate === 'drop') box.sockets.get(session.remotePort)?.destroy();
    else if (fate === 'error') reply(smtpError(451, '4.3.0 Local error in processing'));
    else reply(null, `2.0.0 Ok: queued as ${queueId}`);
  } catch (cause) {
    console.error(cause);
    reply(smtpError(451, '4.3.0 Local error in processing'));
  } finally {
    box.busy.delete(session.remotePort);
  }
}

// A message whose connection ended before its last line was never handed over.
async function readMessage(stream: SMTPServerDataStream): Promise<Buffer | 'torn'> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return 'torn';
  }
  return Buffer.concat(chunks);
}

async function deliver(
  box: Mailbox,
  message: Buffer,
  session: SMTPServerSession,
): Promise<{ readonly fate: Fate; readonly queueId: string }> {
  const { stage } = box.context;
  box.queued += 1;
  const queueId = `Q${1000 + box.queued}`;
  const headers = mailHeaders(message);
  const sent = session.envelope.rcptTo.map(({ address }) => mailEffect(queueId, address, headers, message));
  await stage.slowDown(sent[0]?.business ?? '');
  const at = new Date().toISOString();
  return { fate: await stage.commit(sent.map((effect) => ({ ...effect, at }))), queueId };
}

function mailEffect(
  queueId: string,
  recipient: string,
  headers: ReadonlyMap<string, string>,
  message: Buffer,
): Omit<LogRecord, 'at'> {
  const messageId = headers.get('x-message-id') ?? headers.get('message-id') ?? '';
  const version = headers.get('x-message-version') ?? '1';
  return {
    kind,
    business: businessKey('send', { message: messageId, recipient, version }),
    detail: {
      queueId,
      recipient,
      messageId,
      version,
      subject: headers.get('subject') ?? '',
      mailMessageId: headers.get('message-id') ?? '',
      entityRef: headers.get('x-entity-ref'),
      bytes: message.length,
      messageHash: hash('sha256', message),
    },
  };
}

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

async function stop(box: Mailbox, smtp: SMTPServer, admin: ListeningServer): Promise<void> {
  const closed = new Promise<void>((resolve) => smtp.close(resolve));
  for (const [port, socket] of box.sockets) {
    if (!box.busy.has(port)) socket.destroy();
  }
  await Promise.all([closed, admin.stop()]);
}
