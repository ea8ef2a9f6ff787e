import { z } from 'zod';
import { businessKey } from './business-key.ts';
import {
  declinedProblem,
  fatedAnswer,
  type HttpAnswer,
  type HttpRequest,
  jsonAnswer,
  parseBody,
} from './http-answer.ts';
import { notFound, startHttpRemote } from './http-remote.ts';
import {
  createIdempotencyKeys,
  type IdempotencyKeys,
  type KeyedRequest,
  keyedRequest,
  parseKeyWindow,
} from './idempotency-keys.ts';
import type { LogRecord } from './log-record.ts';
import type { RemoteContext, RemoteDefinition } from './remote.ts';

/** A ticket as the desk answers it. */
export interface Ticket {
  readonly ticketId: string;
  readonly status: 'open';
  readonly createdAt: string;
}

/**
 * A ticket desk that honours `Idempotency-Key` for a stated window (`--key-window-ms`, 24 h by default).
 *
 * `POST /tickets` opens a ticket: under the same key and body the first answer comes again, without a key or after
 * the window another ticket is opened. `GET /tickets?caseId=` lists a case's tickets. Keys survive a restart.
 */
export const ticketDesk: RemoteDefinition = {
  kind: 'ticket-desk',
  flags: { 'key-window-ms': { type: 'string' } },
  start: (context) => {
    const keys = createIdempotencyKeys(parseKeyWindow(context.flags['key-window-ms']), context.past);
    const desk: Desk = { context, keys, byCase: new Map(), opened: context.past.length };
    for (const record of context.past) fileTicket(desk, record);
    return startHttpRemote(context, (request) => route(desk, request));
  },
};

const kind = 'ticket';
const orderSchema = z.looseObject({ caseId: z.string().min(1), subject: z.string(), body: z.string() });
type TicketOrder = z.infer<typeof orderSchema>;

interface Desk {
  readonly context: RemoteContext;
  readonly keys: IdempotencyKeys;
  readonly byCase: Map<string, unknown[]>;
  opened: number;
}

async function route(desk: Desk, request: HttpRequest): Promise<HttpAnswer> {
  if (request.path !== '/tickets') throw notFound(request);
  if (request.method === 'GET') return listTickets(desk, request);
  if (request.method !== 'POST') throw notFound(request);
  const order = parseBody(orderSchema, request.body);
  const keyed = keyedRequest(request);
  if (keyed === undefined) return openTicket(desk, order);
  return desk.keys.once(keyed, () => openTicket(desk, order, keyed), desk.context.stage.repeat);
}

async function openTicket(desk: Desk, order: TicketOrder, keyed?: KeyedRequest): Promise<HttpAnswer> {
  const { stage } = desk.context;
  const business = businessKey('create', { case: order.caseId });
  if (await stage.declined(business)) throw declinedProblem('The ticket');
  await stage.slowDown(business);
  desk.opened += 1;
  const at = new Date().toISOString();
  const answer: Ticket = { ticketId: `T-${1000 + desk.opened}`, status: 'open', createdAt: at };
  const effect = { at, kind, business, detail: { ...keyed, answer, input: order } };
  const fate = await stage.commit([effect]);
  fileTicket(desk, effect);
  desk.keys.remember(effect);
  return fatedAnswer(fate, jsonAnswer(201, answer, { location: `/tickets/${answer.ticketId}` }));
}

function fileTicket(desk: Desk, record: LogRecord): void {
  const { answer, input } = record.detail as { readonly answer: Ticket; readonly input: TicketOrder };
  const tickets = desk.byCase.get(input.caseId) ?? [];
  tickets.push({ ...answer, caseId: input.caseId, subject: input.subject });
  desk.byCase.set(input.caseId, tickets);
}

function listTickets(desk: Desk, request: HttpRequest): HttpAnswer {
  const caseId = request.query.get('caseId') ?? '';
  return jsonAnswer(200, { tickets: desk.byCase.get(caseId) ?? [] });
}
