import pg from 'pg';
import { type TicketInput, ticketRequest } from '../actions/create-ticket.ts';
import type { ExampleRemotes } from '../actions/example-remotes.ts';
import { type PageInput, publishRequest } from '../actions/publish-page.ts';
import { sendMail } from '../actions/send-mail.ts';
import { type MessageInput, mailOf } from '../actions/send-message.ts';
import type { RecordInput } from '../actions/update-record.ts';
import { type ChildSettings, demoPace } from './settings.ts';

/** Data of an unprotected job. */
export interface PlainJobData {
  readonly input: unknown;
  readonly scope: string | null;
  /** Readable business key, for the recorder. */
  readonly key: string;
}

/** Has the effect of one job, as a processor does that trusts its queue. */
export type PlainEffect = (action: string, data: PlainJobData) => Promise<void>;

/** The same effects on the same kinds of remote, without a key, a question or a fence. */
export function plainEffects({ effects, databaseUrl }: ChildSettings): PlainEffect {
  if (effects.kind === 'own') {
    return (action, data) => post(new URL('/effects', effects.recorderUrl), jsonPost({ action, ...data }));
  }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', () => undefined); // the failing query says it
  return (action, { input, scope }) =>
    exampleEffect({ remotes: effects.remotes, pool }, action, scope, input);
}

async function exampleEffect(
  { remotes, pool }: { remotes: ExampleRemotes; pool: pg.Pool },
  action: string,
  scope: string | null,
  input: unknown,
): Promise<void> {
  switch (action) {
    case 'ticket.create':
      return post(...ticketRequest(remotes.deskUrl, scope, input as TicketInput));
    case 'message.send':
      await sendMail(remotes.smtpUrl, mailOf(scope, input as MessageInput), demoPace.deadlineMs);
      return;
    case 'page.publish':
      return post(...publishRequest(remotes.siteUrl, scope, input as PageInput));
    case 'record.update':
      return updateRow(pool, scope ?? '', input as RecordInput);
    default:
      throw new Error(`no processor for ${action}`);
  }
}

function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function post(url: URL, init: RequestInit): Promise<void> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(demoPace.deadlineMs) });
  await response.text();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
}

/** Writes the row and the line of the change log in one statement, whatever version stands there. */
async function updateRow(
  pool: pg.Pool,
  scope: string,
  { recordId, version, values }: RecordInput,
): Promise<void> {
  await pool.query(
    `with old as (select field_values from example_record where scope = $1 and id = $2),
      updated as (
        insert into example_record (scope, id, field_values, version) values ($1, $2, $4::json, $3)
        on conflict (scope, id) do update set field_values = excluded.field_values, version = excluded.version)
    insert into example_record_change (scope, record_id, version, old_values, new_values)
    values ($1, $2, $3, (select field_values from old), $4::json)`,
    [scope, recordId, version, JSON.stringify(values)],
  );
}
