import type { AddressInfo } from 'node:net';
import etag from '@fastify/etag';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { keyWarnings, patiently } from '@latchkey/core';
import type { Queue } from 'bullmq';
import fastify, { type FastifyInstance } from 'fastify';
import { Operator } from '../client/operator.ts';
import { closeAll } from '../close-all.ts';
import { checkClientOptions } from '../config/check-options.ts';
import { CONSOLE_DEFAULTS, CONSOLE_SETTINGS } from '../config/console-settings.ts';
import { listenFault } from '../config/listen-fault.ts';
import { logWarnings, prepareStart } from '../doctor/prepare-start.ts';
import { type FoundQueues, findQueues } from '../queue/found-queues.ts';
import { openQueueBackend, type QueueBackend } from '../queue/queue-backend.ts';
import { queueOptionsOf } from '../queue/queue-settings.ts';
import { indexActions, openRuntime, type Runtime } from '../runtime.ts';
import { addHealth, questionsOf } from '../signals/health.ts';
import { addMetricsRoute } from '../signals/metrics-route.ts';
import { addStandingMetrics, openRegistry, standingOf } from '../signals/standing-metrics.ts';
import { openFormTokens } from './access/form-token.ts';
import { addGuard } from './access/guard.ts';
import { type ConsoleSettings, checkConsoleOptions, type RunningConsole } from './console-options.ts';
import type { JobView } from './pages/intent-page.ts';
import { Patience, TooSlow } from './patience.ts';
import { problemOf, sendProblem } from './problem.ts';
import { addAssets } from './routes/assets.ts';
import { addDeeds } from './routes/deeds.ts';
import { addIntents } from './routes/intents.ts';
import { addQueues, QUEUES_PATH } from './routes/queues.ts';

/** Longest waits, in milliseconds: for a page, for a decision, for the queue. */
const PAGE_MS = 5_000;
const DECISION_MS = 10_000;
const QUEUE_MS = 2_000;

/** Nothing but our own style and script; no script or style within a page. */
const CSP = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** Opens everything that the console needs, and listens; see `startConsole`. */
export async function openConsole(settings: ConsoleSettings): Promise<RunningConsole> {
  checkConsoleOptions(settings);
  const {
    queueNames = [],
    allQueues = true,
    showUnknownJobs = false,
    host = CONSOLE_DEFAULTS.host,
    port = CONSOLE_DEFAULTS.port,
    auth,
    trustProxy,
    extend,
    actions = [],
    ...shared
  } = settings;
  checkClientOptions({ ...shared, actions });
  const queueOptions = queueOptionsOf(shared);
  const warnings = await prepareStart({ ...shared, queue: queueOptions, work: null });
  const runtime = await openRuntime(shared);
  logWarnings(runtime.log, warnings);
  const names = [...new Set([queueOptions.name, ...queueNames])];
  const backends = names.map((name) => openQueueBackend({ ...queueOptions, name, log: runtime.log }));
  const found = allQueues ? findQueues({ ...queueOptions, log: runtime.log }, new Set(names)) : null;
  const app = fastify({
    trustProxy: trustProxy === undefined ? false : [...trustProxy],
    bodyLimit: 2_000_000,
    forceCloseConnections: true,
  });
  const close = () =>
    closeAll([
      () => app.close(),
      () => found?.close(),
      ...backends.map((backend) => () => backend.close()),
      () => runtime.close(),
    ]);
  try {
    await addAll(app, {
      settings,
      runtime,
      backends,
      found,
      showUnknownJobs,
      actions: indexActions(actions),
      queueName: queueOptions.name,
    });
    await extend?.(app);
    await app.listen({ host, port });
  } catch (error) {
    await close().catch(() => undefined); // why it can't start is said already
    throw listenFault(error, { host, port, settings: CONSOLE_SETTINGS });
  }
  const bound = (app.server.address() as AddressInfo).port;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound, close };
}

interface Parts {
  readonly settings: ConsoleSettings;
  readonly runtime: Runtime;
  readonly backends: readonly QueueBackend[];
  readonly found: FoundQueues | null;
  readonly showUnknownJobs: boolean;
  readonly actions: ReturnType<typeof indexActions>;
  readonly queueName: string;
}

async function addAll(
  app: FastifyInstance,
  { settings, runtime, backends, found, showUnknownJobs, actions, queueName }: Parts,
): Promise<void> {
  const { log } = runtime;
  const [backend] = backends;
  if (backend === undefined) throw new Error('a console has a queue');
  const auth = settings.auth === undefined || settings.auth.length === 0 ? null : settings.auth;
  const operator = new Operator(runtime, backend.queue);
  const queue = new Patience('The queue', QUEUE_MS);
  const ledger = new Patience('The ledger', PAGE_MS);
  const asked = questionsOf(runtime.ledger, backend.queue);
  const isThere = () => queue.ask(asked.queue);
  const shared = { operator, formTokens: openFormTokens(auth ?? []), asksName: auth === null, ledger };

  await app.register(helmet, { contentSecurityPolicy: CSP, referrerPolicy: { policy: 'same-origin' } });
  await app.register(formbody);
  await app.register(etag);
  addGuard(app, { auth, log });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.method !== 'GET');
    if (problem.status >= 500)
      log.error({ err: error, path: request.routeOptions.url }, 'console: request failed');
    return sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, {
      status: 404,
      title: 'Nothing is here',
      text: 'The address leads to no page of this console.',
    }),
  );
  await addAssets(app);
  addHealth(
    app,
    {
      ledger: () => ledger.ask(asked.ledger),
      queue: isThere,
    },
    { config: { needs: 'nobody' } },
  );
  const registry = settings.metrics ?? openRegistry();
  addStandingMetrics(registry, standingOf(runtime.ledger, backend.queue));
  addMetricsRoute(app, registry);
  addIntents(app, {
    ...shared,
    actions,
    keyWarnings: () => {
      const until = performance.now() + PAGE_MS;
      const over = () => (performance.now() < until ? null : new TooSlow('The ledger'));
      return patiently(() => keyWarnings(runtime.db, settings.schema), over);
    },
    jobOf: async (id): Promise<JobView> => ({
      href: `${QUEUES_PATH}/queue/${encodeURIComponent(queueName)}/${encodeURIComponent(id)}`,
      state: await queue.ask(() => backend.queue.getJobState(id)).catch(() => null),
    }),
  });
  addDeeds(app, { ...shared, decisions: new Patience('Ledger or queue', DECISION_MS), log });
  // the classes of the two backends differ in type only
  const queues = backends.map((one) => one.queue as unknown as Queue);
  addQueues(app, { queues, found, shown: { actions, unknown: showUnknownJobs }, isThere });
}
