import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import {
  type Context,
  createEndpointHandler,
  type ServiceDefinition,
  service,
} from '@restatedev/restate-sdk';
import type { Acknowledged, Contender, Effect, Setting } from '../contender.ts';
import { sendTo } from './restate-ingress.ts';
import { serveRestate } from './restate-server.ts';

interface Handlers {
  perform(context: Context, job: number): Promise<void>;
}

/**
 * Restate with one invocation of a service a job, whose effect is a `ctx.run`: its outcome is durable in the journal
 * before the handler goes on (page "Durable steps"). The job's key is the invocation's idempotency key (page "HTTP").
 * The services are served by HTTP/2, for its bidirectional protocol, and their workers share a port in the place of a
 * load balancer (page "Standalone"): the server spreads its invocations over connections of 128 streams each, and the
 * system spreads the connections over the workers. Restate has no limit of a worker's own: the server's, 1000 at once,
 * stays as it is, so that the concurrency of the bench is not a bound here.
 *
 * Restate pushes: a job runs as soon as it is added, to a service that is registered, and so has to be there.
 */
export const contender: Contender = {
  name: 'restate',
  title: 'Restate 1.7',
  protection: 'idempotency key, and the journaled outcome of a run',
  preloads: false,
  serve: serveRestate,

  produce: (setting) =>
    sendTo(urlOf(setting, 'ingress'), `/${setting.queue}/perform`, (job) => `${setting.queue}-${job}`),

  async work(setting, effect, acknowledged) {
    const services = [performing(setting.queue, effect, acknowledged)];
    const server = createServer(createEndpointHandler({ services, logger: () => {} }));
    const close = await listen(server, Number(new URL(urlOf(setting, 'endpoint')).port));
    await register(setting);
    return { close };
  },
};

function performing(
  name: string,
  effect: Effect,
  acknowledged: Acknowledged,
): ServiceDefinition<string, Handlers> {
  return service({
    name,
    handlers: {
      perform: async (context: Context, job: number): Promise<void> => {
        await context.run('effect', () => effect(job));
        // The outcome is durable, and the effect won't be repeated; the invocation's own end follows.
        acknowledged(job);
      },
    },
  });
}

/** Listens beside the other workers on one port, over which the system spreads the connections of the server. */
async function listen(server: Http2Server, port: number): Promise<() => Promise<void>> {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.listen({ host: '127.0.0.1', port, reusePort: true });
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const session of sessions) session.close();
    await closed;
  };
}

/** Tells the server of the service; to tell it again, from another worker, changes nothing. */
async function register(setting: Setting): Promise<void> {
  const response = await fetch(`${urlOf(setting, 'admin')}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `${urlOf(setting, 'endpoint')}/${setting.queue}` }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Restate did not take the service (${response.status}): ${text}`);
}

function urlOf(setting: Setting, name: string): string {
  const url = setting.served?.[name];
  if (!url) throw new Error(`Restate's server is not known (${name}): pass on what serve() returned.`);
  return url;
}
