import { LatchkeyError } from '@latchkey/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemPage } from './pages/problem-page.ts';
import { TooSlow } from './patience.ts';

/** Why a request got no answer, for people and programs. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers with a problem: a page where a browser asks for one, else JSON. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, title, text, headers = {} } = problem;
  reply.code(status).headers({ ...headers, 'cache-control': 'no-store' });
  if (!(request.headers.accept ?? '').includes('text/html')) {
    return reply.send({ error: { status, title, text } });
  }
  return reply
    .type('text/html; charset=utf-8')
    .send(String(problemPage({ problem, person: request.person })));
}

/** Codes of errors that tell of the state of an intent rather than of a fault of ours. */
const STATUS: Partial<Record<LatchkeyError['code'], number>> = {
  INTENT_UNKNOWN: 404,
  NOT_LEGAL: 409,
  INTENT_CONFLICT: 409,
  INVALID_INPUT: 400,
  INVALID_QUERY: 400,
  LEDGER_CLOSED: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'That can’t be used',
  404: 'No such intent',
  409: 'That is not possible any more',
};

/** Sorts what a route threw. What nobody foresaw is logged by the caller, and not shown. */
export function problemOf(error: unknown, wasChange: boolean): Problem {
  if (error instanceof LatchkeyError && STATUS[error.code] !== undefined) {
    const status = STATUS[error.code] ?? 500;
    return {
      status,
      title: TITLES[status] ?? 'That can’t be done',
      text: error.message,
    };
  }
  const { statusCode } = error as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, title: 'That request can’t be used', text: (error as Error).message };
  }
  if (error instanceof TooSlow) {
    return {
      status: 503,
      title: `${error.what} can’t be reached`,
      text: wasChange
        ? 'There was no answer in time. What you decided may have been recorded all the same, or still be: look at the intent once it is back.'
        : 'There was no answer in time. While it is away nothing is performed and nothing is lost; this page comes back with it.',
      headers: { 'retry-after': '5' },
    };
  }
  return { status: 500, title: 'Something went wrong here', text: 'The log of this console says what.' };
}
