import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { REDACTED } from '@latchkey/core';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import type { FoundQueues } from '../../queue/found-queues.ts';
import { isIntentId } from '../../queue/job-data.ts';
import { hideJobs, type JobsShown } from '../hide-jobs.ts';
import { type Problem, problemOf, sendProblem } from '../problem.ts';

/** Where Bull Board lives. */
export const QUEUES_PATH = '/queues';

/** Its page styles a few elements in place; no script of its own does, and its web font stays out. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What Bull Board shows, and how it is known that the queue answers. */
export interface QueuesOptions {
  readonly queues: readonly Queue[];
  /** Those that nobody named; `null`: none. */
  readonly found: FoundQueues | null;
  readonly shown: JobsShown;
  readonly isThere: () => Promise<unknown>;
}

/**
 * Adds Bull Board. It has no access control of its own: the guard before it lets only operators use its methods that
 * change something, and only from a page of this console.
 */
export function addQueues(app: FastifyInstance, { queues, found, shown, isThere }: QueuesOptions): void {
  const adapter = new FastifyAdapter().setBasePath(QUEUES_PATH);
  const adapted = new WeakMap<Queue, BullMQAdapter>();
  const adapterOf = (queue: Queue): BullMQAdapter => {
    const known = adapted.get(queue) ?? new BullMQAdapter(queue, { externalJobUrl: intentUrl });
    adapted.set(queue, known);
    return known;
  };
  const board = createBullBoard({
    queues: queues.map(adapterOf),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'Latchkey queues',
        boardLogo: { path: '/assets/icon.svg', width: 22, height: 22 },
        favIcon: { default: '/assets/icon.svg', alternative: '/assets/icon.svg' },
        miscLinks: [{ text: 'Intents', url: '/intents' }],
      },
    },
  });
  app.register((scope, _options, done) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', CSP);
    });
    scope.addHook('preHandler', async (request, reply) => {
      // a queue that is away would keep the request, and what it asks for, waiting
      if (!request.url.startsWith(`${QUEUES_PATH}/api/`)) return;
      try {
        await isThere();
        if (found !== null) board.replaceQueues([...queues, ...(await found.look())].map(adapterOf));
      } catch (error) {
        return sendProblem(request, reply, problemOf(error, request.method !== 'GET'));
      }
      if (request.method !== 'GET' && JSON.stringify(request.body ?? null).includes(REDACTED))
        return sendProblem(request, reply, HIDDEN);
    });
    scope.addHook('preSerialization', async (_request, _reply, body) => hideJobs(shown, body));
    scope.register(adapter.registerPlugin(), { prefix: QUEUES_PATH });
    done();
  });
}

/** A form of Bull Board is filled with what it was shown. */
const HIDDEN: Problem = {
  status: 400,
  title: 'What is hidden can’t be saved',
  text: `The data holds ${REDACTED} where a value is hidden; saved, it would take the value's place. Nothing was changed.`,
};

const INTENT_ID = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

/** Links a job to its intent: by its own id where it is named after it, else by its answer or the reason of its failure. */
function intentUrl(job: { id?: unknown; data?: unknown; returnvalue?: unknown; failedReason?: unknown }): {
  displayText: string;
  href: string;
} {
  const { intentId } = Object(job.returnvalue) as { intentId?: unknown };
  const { latchkey } = Object(job.data) as { latchkey?: unknown };
  const id = [job.id, latchkey, intentId].find((named) => typeof named === 'string' && isIntentId(named));
  const intent = id ?? INTENT_ID.exec(String(job.failedReason ?? ''))?.[0];
  return intent === undefined
    ? { displayText: 'All intents', href: '/intents' }
    : { displayText: 'Intent', href: `/intents/${String(intent)}` };
}
