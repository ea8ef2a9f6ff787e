import { LatchkeyError, messageOf, Unreachable } from '@latchkey/core';
import pg from 'pg';
import { sentence } from './faults.ts';
import { maskUrl } from './mask-url.ts';

/** Longest wait for PostgreSQL at the start, in milliseconds; a server that is up answers in a few. */
const LIMIT_MS = 4_000;

interface Fault {
  readonly why: string;
  readonly todo: string;
}

const CLOSED: Fault = {
  why: 'the connection was closed at once',
  todo: 'Check the host and port in DATABASE_URL: does PostgreSQL listen there?',
};
const NO_ANSWER: Fault = {
  why: `no answer within ${LIMIT_MS / 1000} seconds`,
  todo: 'Check the host and port in DATABASE_URL: does PostgreSQL listen there, and does no firewall stand in between?',
};
const REFUSED: Fault = {
  why: 'it refuses this user or password',
  todo: 'Correct them in DATABASE_URL; special characters in a password are percent-encoded there',
};
const UNKNOWN_HOST: Fault = { why: 'its host is not known', todo: 'Correct the host in DATABASE_URL' };

/** By SQLSTATE, Node's error code, or the message where pg gives neither. */
const FAULTS: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: {
    why: 'nothing listens there',
    todo: 'Start PostgreSQL, or correct the host and port in DATABASE_URL',
  },
  ENOENT: { why: 'there is no such socket', todo: 'Start PostgreSQL, or correct the path in DATABASE_URL' },
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  ETIMEDOUT: NO_ANSWER,
  'timeout expired': NO_ANSWER,
  ECONNRESET: CLOSED,
  'Connection terminated unexpectedly': CLOSED,
  'Connection terminated due to connection timeout': NO_ANSWER,
  '28P01': REFUSED,
  '28000': REFUSED,
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string': {
    why: 'it asks for a password',
    todo: 'Add one to DATABASE_URL',
  },
  '3D000': {
    why: 'it has no such database',
    todo: 'Create the database, or correct its name in DATABASE_URL',
  },
  '53300': { why: 'it has no connection left', todo: 'Raise its max_connections, or run fewer processes' },
  '57P03': { why: 'it is starting up or shutting down', todo: 'Try again in a moment' },
  'The server does not support SSL connections': {
    why: 'it has no TLS, which sslmode asks for',
    todo: 'Correct sslmode in DATABASE_URL, or switch TLS on in PostgreSQL',
  },
};

/**
 * Connects to PostgreSQL, asks something and leaves again, within 5 seconds where it is one question.
 *
 * @throws {Unreachable} saying why not, where (the password masked) and what to do.
 */
export async function reachPostgres<T>(
  databaseUrl: string,
  ask: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: LIMIT_MS,
    query_timeout: LIMIT_MS,
    application_name: 'latchkey start',
  });
  client.on('error', () => undefined); // the failing call says it
  try {
    await client.connect();
    return await ask(client);
  } catch (error) {
    if (error instanceof LatchkeyError) throw error;
    throw unreachable(databaseUrl, error);
  } finally {
    client.end().catch(() => undefined);
  }
}

function unreachable(databaseUrl: string, error: unknown): Unreachable {
  const { code } = error as { code?: unknown };
  const fault = FAULTS[String(code)] ?? FAULTS[messageOf(error)];
  const { why, todo } = fault ?? { why: messageOf(error), todo: 'Correct DATABASE_URL, or the server' };
  const named = typeof code === 'string' ? `${why} (${code})` : why;
  return new Unreachable(`PostgreSQL at ${maskUrl(databaseUrl)} can't be used: ${named}. ${sentence(todo)}`, {
    cause: error,
  });
}
