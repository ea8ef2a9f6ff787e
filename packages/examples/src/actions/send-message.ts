import { type Action, atMostOnce, defineAction } from '@latchkey/core';
import type { SendMailOptions } from 'nodemailer';
import { z } from 'zod';
import type { ExampleRemotes } from './example-remotes.ts';
import { defaultPace, type Pace } from './pace.ts';
import { remoteId } from './remote-id.ts';
import { sendMail } from './send-mail.ts';
import { sortSmtpError } from './sort-smtp-error.ts';

/** A decision to send one version of a message to one recipient. */
export interface MessageInput {
  readonly messageId: string;
  readonly recipient: string;
  readonly version: number;
  readonly subject: string;
  readonly body: string;
}

/** What is kept of a message that was handed over. */
export interface MessageSent {
  /** The mail server's own words, with the id of its queue. */
  readonly response: string;
  readonly sentAt: string;
  readonly state: 'accepted';
}

const input: z.ZodType<MessageInput, MessageInput> = z.object({
  messageId: z.string().min(1).max(60),
  recipient: z.email().toLowerCase(),
  version: z.int().min(1),
  subject: z.string(),
  body: z.string(),
});

/**
 * Sends one version of a message to one recipient by SMTP, which offers neither a key nor a lookup: when the answer to
 * the message is lost, the intent is held in doubt and never sent again by itself.
 *
 * Message, recipient and version are the identity; a model may word subject and body anew.
 */
export function sendMessageAction(
  remotes: ExampleRemotes,
  pace: Pace = defaultPace,
): Action<MessageInput, MessageSent> {
  return defineAction({
    name: 'message.send',
    input,
    key: ['messageId', 'recipient', 'version'],
    free: ['subject', 'body'],
    leaseMs: pace.leaseMs,
    deadlineMs: pace.deadlineMs,
    retry: { backoffMs: pace.backoffMs },
    effect: atMostOnce({
      perform: async (message: MessageInput, ctx) => {
        const { smtpUrl } = remotes;
        const mail = mailOf(ctx.scope, message);
        ctx.aboutToSend();
        const response = await sendMail(smtpUrl, mail, pace.deadlineMs).catch((error: unknown) => {
          throw sortSmtpError(error);
        });
        const result: MessageSent = { response, sentAt: new Date().toISOString(), state: 'accepted' };
        return { result, ...queueIdOf(response) };
      },
    }),
  });
}

/** The mail of a message; its headers carry the business identity, since the remote knows nothing of ours. */
export function mailOf(scope: string | null, message: MessageInput): SendMailOptions {
  return {
    from: 'agents@latchkey.example',
    to: message.recipient,
    subject: message.subject,
    text: message.body,
    headers: {
      'X-Message-Id': remoteId(scope, message.messageId),
      'X-Message-Version': String(message.version),
    },
  };
}

function queueIdOf(response: string): { externalId?: string } {
  const externalId = / queued as (\S+)/i.exec(response)?.[1];
  return externalId === undefined ? {} : { externalId };
}
