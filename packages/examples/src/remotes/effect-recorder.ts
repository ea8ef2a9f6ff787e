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

/** A recorded effect as the recorder answers it. */
export interface RecordedEffect {
  readonly effectId: string;
  readonly action: string;
  readonly key: string;
  readonly recordedAt: string;
}

/**
 * A remote for actions that have none of their own: `POST /effects` with `action`, `key` and perhaps `scope`, a tenant,
 * records one effect a call.
 *
 * It drops no duplicate, unless it is started with `--honour-keys`: then `Idempotency-Key` works as at the ticket desk,
 * within `--key-window-ms`. `GET /effects?action=&key=&scope=` lists what was recorded, oldest first.
 */
export const effectRecorder: RemoteDefinition = {
  kind: 'effect-recorder',
  flags: { 'honour-keys': { type: 'boolean' }, 'key-window-ms': { type: 'string' } },
  start: (context) => {
    const { flags, past } = context;
    const keys = createIdempotencyKeys(parseKeyWindow(flags['key-window-ms']), past);
    const recorder: Recorder = {
      context,
      keys: flags['honour-keys'] === true ? keys : undefined,
      byBusiness: new Map(),
      recorded: past.length,
    };
    for (const effect of past) keep(recorder, effect);
    return startHttpRemote(context, (request) => route(recorder, request));
  },
};

const kind = 'effect';
const orderSchema = z.looseObject({
  action: z.string().min(1),
  key: z.string().min(1),
  scope: z.string().min(1).nullish(),
});
type EffectOrder = z.infer<typeof orderSchema>;

interface Recorder {
  readonly context: RemoteContext;
  /** Undefined where keys aren't honoured. */
  readonly keys: IdempotencyKeys | undefined;
  readonly byBusiness: Map<string, RecordedEffect[]>;
  recorded: number;
}

async function route(recorder: Recorder, request: HttpRequest): Promise<HttpAnswer> {
  if (request.path !== '/effects') throw notFound(request);
  if (request.method === 'GET') return lookUp(recorder, request.query);
  if (request.method !== 'POST') throw notFound(request);
  const order = parseBody(orderSchema, request.body);
  const keyed = keyedRequest(request);
  const { keys, context } = recorder;
  if (keys === undefined || keyed === undefined) return record(recorder, order);
  return keys.once(keyed, () => record(recorder, order, keyed), context.stage.repeat);
}

async function record(recorder: Recorder, order: EffectOrder, keyed?: KeyedRequest): Promise<HttpAnswer> {
  const { stage } = recorder.context;
  const { action, key, scope } = order;
  const business = recordedBusiness(action, key, scope);
  if (await stage.declined(business)) throw declinedProblem('The effect');
  await stage.slowDown(business);
  recorder.recorded += 1;
  const at = new Date().toISOString();
  const answer: RecordedEffect = { effectId: `E-${recorder.recorded}`, action, key, recordedAt: at };
  const effect = { at, kind, business, detail: { ...keyed, answer, input: order } };
  const fate = await stage.commit([effect]);
  keep(recorder, effect);
  recorder.keys?.remember(effect);
  return fatedAnswer(fate, jsonAnswer(201, answer));
}

function keep(recorder: Recorder, { business, detail }: LogRecord): void {
  const effects = recorder.byBusiness.get(business) ?? [];
  effects.push(detail.answer as RecordedEffect);
  recorder.byBusiness.set(business, effects);
}

function lookUp(recorder: Recorder, query: URLSearchParams): HttpAnswer {
  const business = recordedBusiness(query.get('action') ?? '', query.get('key') ?? '', query.get('scope'));
  return jsonAnswer(200, { effects: recorder.byBusiness.get(business) ?? [] });
}

/** Name of an effect in the recorder's log: its action and key, and the tenant where there is one. */
export function recordedBusiness(action: string, key: string, scope?: string | null): string {
  return businessKey('record', scope == null ? { action, key } : { scope, action, key });
}
