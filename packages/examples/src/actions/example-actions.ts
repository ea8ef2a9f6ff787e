import type { Action } from '@latchkey/core';
import { createTicketAction, type TicketInput, type TicketOpened } from './create-ticket.ts';
import type { ExampleRemotes } from './example-remotes.ts';
import { defaultPace, type Pace } from './pace.ts';
import { type PageInput, type PagePublished, publishPageAction } from './publish-page.ts';
import { type MessageInput, type MessageSent, sendMessageAction } from './send-message.ts';
import { type RecordInput, type RecordUpdated, updateRecordAction } from './update-record.ts';

/** The four example actions, one for each kind of effect. */
export interface ExampleActions {
  readonly createTicket: Action<TicketInput, TicketOpened>;
  readonly sendMessage: Action<MessageInput, MessageSent>;
  readonly publishPage: Action<PageInput, PagePublished>;
  readonly updateRecord: Action<RecordInput, RecordUpdated>;
}

/**
 * Makes the four example actions for given remotes.
 *
 * @param pace how patient they are; tests and the demo hurry
 * @example
 * const { createTicket } = exampleActions({ deskUrl: desk.url, smtpUrl: mailbox.url, siteUrl: site.url });
 */
export function exampleActions(remotes: ExampleRemotes, pace: Pace = defaultPace): ExampleActions {
  return {
    createTicket: createTicketAction(remotes, pace),
    sendMessage: sendMessageAction(remotes, pace),
    publishPage: publishPageAction(remotes, pace),
    updateRecord: updateRecordAction(pace),
  };
}
