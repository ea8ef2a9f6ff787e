import { type Action, defineAction, idempotent } from '@latchkey/core';
import { z } from 'zod';
import type { ExampleRemotes } from './example-remotes.ts';
import { defaultPace, type Pace } from './pace.ts';
import { remoteId } from './remote-id.ts';

/** A decision to open a ticket for a case. */
export interface TicketInput {
  readonly caseId: string;
  readonly subject: string;
  readonly body: string;
}

/** What is kept of an opened ticket. */
export interface TicketOpened {
  readonly ticketId: string;
  readonly status: string;
  readonly createdAt: string;
}

/** The desk remembers an `Idempotency-Key` for a day. */
const KEY_TTL_MS = 24 * 3_600_000;

const input: z.ZodType<TicketInput, TicketInput> = z.object({
  caseId: z.string().min(1).max(100),
  subject: z.string().min(1),
  body: z.string(),
});
const opened = z.object({ ticketId: z.string(), status: z.string(), createdAt: z.string() });

/**
 * Opens one ticket a case at a desk that honours `Idempotency-Key`: a request that is sent again opens no second one.
 *
 * The case and the action's name are the identity; a model may word subject and body anew.
 */
export function createTicketAction(
  remotes: ExampleRemotes,
  pace: Pace = defaultPace,
): Action<TicketInput, TicketOpened> {
  return defineAction({
    name: 'ticket.create',
    input,
    key: ['caseId'],
    free: ['subject', 'body'],
    leaseMs: pace.leaseMs,
    deadlineMs: pace.deadlineMs,
    retry: { backoffMs: pace.backoffMs },
    effect: idempotent({
      keyTtlMs: KEY_TTL_MS,
      perform: async (ticket: TicketInput, ctx) => {
        const response = await ctx.fetch(...ticketRequest(remotes.deskUrl, ctx.scope, ticket));
        const result = opened.parse(await response.json());
        return { result, externalId: result.ticketId };
      },
    }),
  });
}

/** The desk's request for a ticket, as arguments of `fetch`. */
export function ticketRequest(
  deskUrl: string,
  scope: string | null,
  { caseId, subject, body }: TicketInput,
): [url: URL, init: RequestInit] {
  const order = { caseId: remoteId(scope, caseId), subject, body };
  const headers = { 'content-type': 'application/json' };
  return [new URL('/tickets', deskUrl), { method: 'POST', headers, body: JSON.stringify(order) }];
}
