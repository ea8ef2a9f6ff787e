import type { Log } from '@latchkey/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Problem, sendProblem } from '../problem.ts';
import { authenticate, LOCAL_PERSON, type Person } from './authenticate.ts';
import type { Credential } from './credentials.ts';
import { type Role, suffices } from './roles.ts';
import { foreignOrigin, namesThisMachine } from './same-origin.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; `null` only on routes that need nobody. */
    person: Person | null;
  }
  interface FastifyContextConfig {
    /**
     * Role that a route needs, or `nobody` where it is open to all. Default: `viewer` to read, `operator` for every
     * other method, so that a route that says nothing is on the safe side.
     */
    needs?: Role | 'nobody';
  }
}

/** What the guard is told. */
export interface GuardOptions {
  /** `null`: no tokens are set, and only this machine can reach the console. */
  readonly auth: readonly Credential[] | null;
  readonly log: Log;
}

/** Wrong tokens that one address may send in `FAILURE_SECONDS`; after that it is not listened to for as long. */
const FAILURES = 10;
const FAILURE_SECONDS = 60;

const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Stands before every route, those of Bull Board and of unknown addresses too: who asks, from which page, and may they?
 * It decides by method and route on the server; what a page shows or hides plays no part.
 */
export function addGuard(app: FastifyInstance, { auth, log }: GuardOptions): void {
  const failures = new RateLimiterMemory({ points: FAILURES, duration: FAILURE_SECONDS });
  app.decorateRequest('person', null);
  app.addHook('onRequest', async (request, reply) => {
    const needs = neededRole(request);
    const problem =
      auth === null
        ? admitLocal(request)
        : ((await admitKnown(request, reply, { auth, failures, log })) ?? null);
    const { person } = request;
    if (needs === 'nobody') return;
    const refusal = problem ?? (person === null ? missingToken() : refuse(request, person, needs));
    if (refusal === null) return;
    if (refusal.status !== 401) {
      log.warn(
        {
          by: person?.name ?? null,
          from: request.ip,
          method: request.method,
          path: pathOf(request),
          why: refusal.title,
        },
        'console: refused',
      );
    }
    return sendProblem(request, reply, refusal);
  });
}

function neededRole({ routeOptions, method }: FastifyRequest): Role | 'nobody' {
  return routeOptions.config.needs ?? (READS.includes(method) ? 'viewer' : 'operator');
}

function admitLocal(request: FastifyRequest): Problem | null {
  if (!namesThisMachine(request.headers.host)) {
    return {
      status: 403,
      title: 'This console is for its own machine',
      text: 'It runs without tokens, so it answers only to localhost, 127.0.0.1 and [::1], in the address as well. Set LATCHKEY_TOKENS to use another name.',
    };
  }
  request.person = LOCAL_PERSON;
  return null;
}

async function admitKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  { auth, failures, log }: { auth: readonly Credential[]; failures: RateLimiterMemory; log: Log },
): Promise<Problem | null> {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  const before = await failures.get(request.ip);
  if (before !== null && before.remainingPoints <= 0) {
    const seconds = Math.ceil(before.msBeforeNext / 1_000);
    reply.header('retry-after', seconds);
    return {
      status: 429,
      title: 'Too many wrong tokens',
      text: `This address sent ${FAILURES} wrong tokens within a minute. It is listened to again in ${seconds} s.`,
    };
  }
  const found = authenticate(auth, authorization);
  if (found.kind === 'known') {
    request.person = found.person;
    return null;
  }
  await failures.penalty(request.ip);
  log.warn({ from: request.ip, path: pathOf(request) }, 'console: wrong token');
  return missingToken();
}

function missingToken(): Problem {
  return {
    status: 401,
    title: 'Who are you?',
    text: 'Log in with your name and your token as the password; a program sends the header “Authorization: Bearer <token>”. `latchkey token` makes one.',
    headers: { 'www-authenticate': 'Basic realm="Latchkey", charset="UTF-8"' },
  };
}

function refuse(request: FastifyRequest, person: Person, needs: Role): Problem | null {
  if (!suffices(person.role, needs)) {
    return {
      status: 403,
      title: `This needs the role ${needs}`,
      text: `${person.name} has the role ${person.role}. Nothing was changed.`,
    };
  }
  if (READS.includes(request.method) || !person.ambient) return null;
  const foreign = foreignOrigin(request.headers);
  if (foreign === null) return null;
  return {
    status: 403,
    title: 'Not from a page of this console',
    text: `The request was refused: ${foreign}. Nothing was changed.`,
  };
}

/** Without its query, which may hold what somebody searched for. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** Who asks, on a route that needs somebody. */
export function personOf({ person }: FastifyRequest): Person {
  if (person === null) throw new Error('a route that needs nobody asked who it is');
  return person;
}
