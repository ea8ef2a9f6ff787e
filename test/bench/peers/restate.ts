import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import {
  type Context,
  createEndpointHandler,
  type ServiceDefinition,
  service,
} from '@restatedev/restate-sdk';
import { connect, rpc } from '@restatedev/restate-sdk-clients';
import type { Acknowledged, Contender, Effect, Setting } from '../contender.ts';
import { serveRestate } from './restate-server.ts';

/** One-way invocations under way at once, each on a connection that is kept alive. */
const sends = 100;

interface Handlers {
  perform(context: Context, job: number): Promise<void>;
}

/**
 * Restate with one service handler a job, whose effect is a `ctx.run`: its outcome is journaled before the handler goes
 * on. The idempotency key of the invocation is the job's key. Restate pushes: a job runs as soon as it is added.
 */
export const contender: Contender = {
  name: 'restate',
  title: 'Restate 1.7',
  protection: 'idempotency key, and the journaled outcome of a run',
  preloads: false,
  serve: serveRestate,

  async produce(setting) {
    const client = connect({ url: urlOf(setting, 'ingress') }).serviceSendClient<
      ServiceDefinition<string, Handlers>
    >({
      name: setting.queue,
    });
    const add = async (job: number): Promise<void> => {
      await client.perform(job, rpc.sendOpts({ idempotencyKey: `${setting.queue}-${job}` }));
    };
    return {
      async addMany(from, to) {
        let next = from;
        const lane = async (): Promise<void> => {
          while (next < to) {
            const job = next;
            next += 1;
            await add(job);
          }
        };
        await Promise.all(Array.from({ length: sends }, lane));
      },
      add,
      close: async () => {},
    };
  },

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
        // The outcome is durable, and the effect won't be repeated.
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
