import { Ambiguous, Declined, type LatchkeyError, messageOf, NotPerformed } from '../errors.ts';
import { sortNetworkError } from '../outcome/sort-network-error.ts';
import { sortResponse } from '../outcome/sort-response.ts';
import type { SendGate } from './send-gate.ts';
import type { Stop } from './stop.ts';

/** Methods that RFC 9110, section 9.2.1, calls safe: they have no effect. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** What every request of one attempt carries. */
export interface FetchContext {
  readonly gate: SendGate;
  /** Holds the signal that stops the attempt. */
  readonly stop: Pick<Stop, 'signal'>;
  /** Goes out as `Idempotency-Key`. */
  readonly reference: string;
  readonly traceparent: string;
}

/**
 * Makes the `fetch` of one attempt: checks the lease at the send, adds `Idempotency-Key` and `traceparent`, and
 * throws for every answer that isn't a 2xx what that answer proves. Only a safe request follows redirects.
 */
export function effectFetch(
  context: FetchContext,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const method = (init.method ?? 'GET').toUpperCase();
    const safe = SAFE.has(method);
    const signal = join(context, init);
    if (safe) context.gate.check();
    else context.gate.pass(method, String(url));
    try {
      const headers = headersOf(context, init, safe);
      const response = await fetch(url, { ...init, method, headers, signal, ...redirectOf(safe) });
      const refusal = sortResponse(response);
      if (refusal === null) return response;
      await response.body?.cancel();
      throw refusal;
    } catch (error) {
      throw judged(context.gate, safe, stopped(signal, error));
    }
  };
}

/** Behind the redirect of a POST stands another request, a GET, whose failure would prove nothing about the POST. */
function redirectOf(safe: boolean): RequestInit {
  return safe ? {} : { redirect: 'manual' };
}

function headersOf(context: FetchContext, init: RequestInit, safe: boolean): Headers {
  const headers = new Headers(init.headers);
  if (!safe && !headers.has('idempotency-key')) headers.set('idempotency-key', context.reference);
  if (!headers.has('traceparent')) headers.set('traceparent', context.traceparent);
  return headers;
}

function join(context: FetchContext, init: RequestInit): AbortSignal {
  const { signal } = context.stop;
  return init.signal ? AbortSignal.any([signal, init.signal]) : signal;
}

/** An abort rejects with the signal's reason, which says why we stopped and not what the remote did. */
function stopped(signal: AbortSignal, thrown: unknown): unknown {
  const byReason = signal.aborted && thrown === signal.reason;
  const byName = thrown instanceof Error && thrown.name === 'AbortError';
  return byReason || byName ? new Ambiguous('stopped in mid-request', { cause: thrown }) : thrown;
}

function judged(gate: SendGate, safe: boolean, thrown: unknown): LatchkeyError {
  if (safe && !gate.sent) return asNotPerformed(thrown);
  const error = sortNetworkError(thrown);
  if (safe) return gate.weigh(error);
  if (error instanceof NotPerformed || error instanceof Declined) gate.takeBack();
  return error;
}

/** A request without an effect failed, and nothing was sent before: whatever went wrong, there was no effect. */
function asNotPerformed(thrown: unknown): LatchkeyError {
  if (thrown instanceof NotPerformed || thrown instanceof Declined) return thrown;
  return new NotPerformed(`nothing was sent yet: ${messageOf(thrown)}`, { cause: thrown });
}
