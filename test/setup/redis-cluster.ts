import { findFreePort } from '../../packages/examples/src/servers/free-port.ts';
import { findRedisProgram } from '../../packages/examples/src/servers/redis-program.ts';
import { infoOf, NODE_PASSWORD, type RedisNode, settled, startRedisNode } from './redis-nodes.ts';

/** A cluster of three masters, each with a replica. */
export interface RedisCluster extends AsyncDisposable {
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** The master that serves a key now. */
  masterOf(key: string): Promise<RedisNode>;
}

const MASTERS = 3;
const SLOTS = 16_384;

/** Starts a cluster that elects another master within seconds. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const program = await findRedisProgram();
  const opened = new AsyncDisposableStack();
  try {
    const buses: number[] = [];
    const nodes: RedisNode[] = [];
    for (let n = 0; n < 2 * MASTERS; n += 1) {
      const bus = await findFreePort();
      const flags = {
        enabled: 'yes',
        port: String(bus),
        'node-timeout': '1500',
        'config-file': 'nodes.conf',
      };
      const given = Object.entries(flags).flatMap(([name, value]) => [`--cluster-${name}`, value]);
      nodes.push(opened.use(await startRedisNode(program, given)));
      buses.push(bus);
    }
    await joinNodes(nodes, buses);
    const places = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return {
      url: `redis+cluster://:${NODE_PASSWORD}@${places}`,
      nodes,
      masterOf: (key) => masterOf(nodes, key),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** What `redis-cli --cluster create` does, for machines that have the server only. */
async function joinNodes(nodes: readonly RedisNode[], buses: readonly number[]): Promise<void> {
  const [first, ...others] = nodes as [RedisNode, ...RedisNode[]];
  for (const [n, { admin }] of nodes.slice(0, MASTERS).entries()) {
    const from = Math.ceil((SLOTS * n) / MASTERS);
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', from, Math.ceil((SLOTS * (n + 1)) / MASTERS) - 1);
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', n + 1);
  }
  for (const [n, { port }] of others.entries()) {
    await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', port, buses[n + 1] ?? 0);
  }
  for (const { admin } of nodes) {
    await settled('nodes know each other', async () => (await known(admin)) === nodes.length);
  }
  for (const [n, { admin }] of nodes.slice(MASTERS).entries()) {
    const id = (await nodes[n]?.admin.call('CLUSTER', 'MYID')) as string;
    await settled('a replica is taken', async () => (await admin.call('CLUSTER', 'REPLICATE', id)) === 'OK');
    await settled('a replica follows', async () => {
      return (await infoOf(admin, 'replication', 'master_link_status')) === 'up';
    });
  }
  for (const { admin } of nodes) {
    await settled('the cluster is whole', async () =>
      /cluster_state:ok[\s\S]*cluster_size:3/.test(String(await admin.call('CLUSTER', 'INFO'))),
    );
  }
}

async function known(admin: RedisNode['admin']): Promise<number> {
  const lines = String(await admin.call('CLUSTER', 'NODES'))
    .trim()
    .split('\n');
  return lines.filter((line) => !line.includes('handshake')).length;
}

async function masterOf(nodes: readonly RedisNode[], key: string): Promise<RedisNode> {
  const [{ admin }] = nodes as [RedisNode];
  const slot = Number(await admin.call('CLUSTER', 'KEYSLOT', key));
  for (const node of nodes) {
    const slots = (await node.admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
    const port = slots.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
    if (port === node.port) return node;
  }
  throw new Error(`no master serves ${key}`);
}
