import { hash } from 'node:crypto';
import type { Fate } from './effect-stage.ts';
import { fatedAnswer, type HttpAnswer, HttpProblem, type HttpRequest, jsonAnswer } from './http-answer.ts';
import type { LogRecord } from './log-record.ts';

/** How long a key is remembered unless stated otherwise: 24 hours, as the large payment services do. */
export const defaultKeyWindowMs: number = 24 * 60 * 60 * 1000;

/** A request made under a key; stored with its effect, so that key and effect become durable together. */
export interface KeyedRequest {
  readonly idempotencyKey: string;
  /** SHA-256 of the body's bytes. */
  readonly requestHash: string;
}

/** The keys that a remote remembers: what is in flight, and the first answers within the window. */
export interface IdempotencyKeys {
  /**
   * Runs `make` under the request's key, or gives its first answer again without running it.
   *
   * Throws a 409 while the first request is in flight and a 422 where the body is another one. A `make` that throws
   * made nothing, so its key is free again.
   */
  once(
    keyed: KeyedRequest,
    make: () => Promise<HttpAnswer>,
    repeat: (business: string) => Promise<Fate>,
  ): Promise<HttpAnswer>;
  /** Remembers an effect's key and answer, from a record with `idempotencyKey`, `requestHash` and `answer`. */
  remember(effect: LogRecord): void;
}

interface Remembered {
  readonly requestHash: string;
  readonly expiresAt: number;
  readonly business: string;
  readonly answer: unknown;
}

/** Creates the memory of keys, filled from what earlier runs logged. */
export function createIdempotencyKeys(windowMs: number, past: readonly LogRecord[]): IdempotencyKeys {
  const remembered = new Map<string, Remembered>();
  const inFlight = new Map<string, string>();

  function remember({ at, business, detail }: LogRecord): void {
    const { idempotencyKey, requestHash, answer } = detail;
    if (typeof idempotencyKey !== 'string' || typeof requestHash !== 'string') return;
    remembered.set(idempotencyKey, { requestHash, expiresAt: Date.parse(at) + windowMs, business, answer });
  }

  for (const record of past) remember(record);

  return {
    remember,
    once: async ({ idempotencyKey, requestHash }, make, repeat) => {
      const first = remembered.get(idempotencyKey);
      if (first !== undefined && Date.now() < first.expiresAt) {
        refuseOtherPayload(first.requestHash, requestHash);
        const answer = jsonAnswer(201, first.answer, { 'idempotent-replayed': 'true' });
        return fatedAnswer(await repeat(first.business), answer);
      }
      refuseInFlight(inFlight.get(idempotencyKey), requestHash);
      inFlight.set(idempotencyKey, requestHash);
      try {
        return await make();
      } finally {
        inFlight.delete(idempotencyKey);
      }
    },
  };
}

/**
 * Reads the `Idempotency-Key` header, taken as it stands: quoted and unquoted are two keys.
 *
 * Undefined where the header is missing; throws a 400 where it is empty or longer than 255 characters.
 */
export function keyedRequest(request: HttpRequest): KeyedRequest | undefined {
  const idempotencyKey = request.headers['idempotency-key'];
  if (idempotencyKey === undefined) return undefined;
  if (typeof idempotencyKey !== 'string' || idempotencyKey === '' || idempotencyKey.length > 255) {
    throw new HttpProblem(400, 'Bad Request', 'Idempotency-Key takes 1 to 255 characters.');
  }
  return { idempotencyKey, requestHash: hash('sha256', request.body) };
}

/** Reads a window in milliseconds from a flag; throws where it isn't one. */
export function parseKeyWindow(flag: unknown): number {
  const windowMs = flag === undefined ? defaultKeyWindowMs : Number(flag);
  if (Number.isFinite(windowMs) && windowMs >= 0) return windowMs;
  throw new TypeError(`--key-window-ms takes milliseconds, not ${JSON.stringify(flag)}`);
}

function refuseInFlight(firstHash: string | undefined, requestHash: string): void {
  if (firstHash === undefined) return;
  refuseOtherPayload(firstHash, requestHash);
  throw new HttpProblem(409, 'Conflict', 'A request with this Idempotency-Key is still being processed.');
}

function refuseOtherPayload(firstHash: string, requestHash: string): void {
  if (firstHash === requestHash) return;
  throw new HttpProblem(422, 'Unprocessable Content', 'This Idempotency-Key was used with another payload.');
}
