import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Fate } from './effect-stage.ts';

/** A request that was read to its end. */
export interface HttpRequest {
  readonly method: string;
  /** Path without its query, as sent: `/tickets`. */
  readonly path: string;
  /** Decoded parts of the path: `['tickets']`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is sent back; `drop` destroys the connection without an answer. */
export type HttpAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  | 'drop';

/** Answers one request; a thrown `HttpProblem` becomes its answer. */
export type HttpRoute = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** An error answer in the form of RFC 9457 (problem details). */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, title: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
  }
}

/** An answer whose body is JSON. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An answer that tells of a problem. */
export function problemAnswer({ status, title, message, headers }: HttpProblem): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type: 'about:blank', title, status, detail: message }),
  };
}

/** What becomes of an answer whose effect is already durable. */
export function fatedAnswer(fate: Fate, answer: HttpAnswer): HttpAnswer {
  switch (fate) {
    case 'answer':
      return answer;
    case 'drop':
      return 'drop';
    case 'error':
      return problemAnswer(
        new HttpProblem(500, 'Internal Server Error', 'Something went wrong on our side.'),
      );
  }
}

/** The refusal of an effect that can't be done, however often it is asked for. */
export function declinedProblem(what: string): HttpProblem {
  return new HttpProblem(422, 'Declined', `${what} was declined. Nothing was done.`);
}

/** Reads a JSON body; throws a 400 that names the fields at fault. */
export function parseBody<T>(schema: z.ZodType<T>, body: Buffer): T {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new HttpProblem(400, 'Bad Request', z.prettifyError(parsed.error));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new HttpProblem(400, 'Bad Request', 'The body is not JSON.');
  }
}
