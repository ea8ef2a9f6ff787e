import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { connect, type QueueKind } from '@latchkey/worker';
import pg from 'pg';
import { type RunningRemote, startRemote } from '../../packages/examples/src/remotes/start-remote.ts';
import {
  type EmbeddedPostgres,
  type RunningRedis,
  startEmbeddedPostgres,
  startRedis,
} from '../../packages/examples/src/servers/index.ts';
import { TcpProxy } from '../faults/tcp-proxy.ts';
import type { Remotes } from '../worker/setup/actions.ts';
import type { SoakSettings } from './child.ts';
import { tablesOf } from './soak-actions.ts';
import { warningsIn } from './warnings.ts';

/** Schema of the tables that the transactional effects write to. */
export const EFFECTS_SCHEMA = 'soak';
/** What every effect takes, in milliseconds, most of the time, so that something is always under way. */
export const USUAL_FAULTS = { slowMs: 80, slow: 0.8 } as const;

/** The two recorders: one that drops no duplicate, one that honours keys. */
export type RemoteName = 'plain' | 'keyed';

/** Servers, proxies and remotes of one backend; nobody else uses them. */
export class Ground {
  readonly backend: QueueKind;
  readonly folder: string;
  readonly redis: RunningRedis | null;
  readonly remotes: Readonly<Record<RemoteName, RunningRemote>>;
  readonly proxies: Readonly<Record<RemoteName | 'postgres', TcpProxy>> & { readonly redis: TcpProxy | null };
  /** Straight to the servers, for the audit and for people. */
  readonly direct: SoakSettings;
  readonly pool: pg.Pool;
  /** When the remotes were last in trouble, in milliseconds since the epoch; `Infinity` while they are. */
  troubledAt: number = Date.now();
  #postgres: EmbeddedPostgres;

  private constructor(parts: GroundParts) {
    this.backend = parts.backend;
    this.folder = parts.folder;
    this.redis = parts.redis;
    this.remotes = parts.remotes;
    this.proxies = parts.proxies;
    this.#postgres = parts.postgres;
    const databaseUrl = parts.postgres.url;
    const { backend, redis } = parts;
    const meeting = { databaseUrl, queue: backend, queueName: 'soak', schema: 'latchkey' };
    this.direct = redis === null ? meeting : { ...meeting, redisUrl: redis.url };
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: 6, application_name: 'soak audit' });
    this.pool.on('error', () => undefined); // the server is crashed on purpose
  }

  /** Starts everything on which one backend is soaked; what was started stops where the rest does not start. */
  static async open(backend: QueueKind, folder: string): Promise<Ground> {
    await mkdir(folder, { recursive: true });
    const opened = new AsyncDisposableStack();
    try {
      const postgres = await startEmbeddedPostgres({
        name: `latchkey-soak-${backend}`,
        flags: ['-c', 'max_connections=400'], // fsync stays on
      });
      opened.defer(() => postgres.stop());
      const redis = backend === 'redis' ? await startRedis({ url: '' }) : null;
      if (redis !== null) opened.defer(() => redis.stop());
      const start = async (name: RemoteName) => {
        const logFile = path.join(folder, `effects-${name}.jsonl`);
        const options = { logFile, name, faults: USUAL_FAULTS, honourKeys: name === 'keyed' };
        return opened.use(await startRemote('effect-recorder', options));
      };
      const remotes = { plain: await start('plain'), keyed: await start('keyed') };
      const before = async (url: string) => {
        const proxy = await TcpProxy.before(url);
        opened.defer(() => proxy.close());
        return proxy;
      };
      const proxies = {
        postgres: await before(postgres.url),
        redis: redis === null ? null : await before(redis.url),
        plain: await before(remotes.plain.url),
        keyed: await before(remotes.keyed.url),
      };
      const ground = new Ground({ backend, folder, postgres, redis, remotes, proxies });
      opened.defer(() => ground.pool.end());
      await ground.#makeTables();
      opened.move();
      return ground;
    } finally {
      await opened.disposeAsync();
    }
  }

  /** What workers and producers are given: everything through the proxies. */
  get proxied(): { settings: SoakSettings; remotes: Remotes } {
    const { direct, proxies, remotes } = this;
    const databaseUrl = proxies.postgres.url(direct.databaseUrl);
    const redisUrl = this.redis === null ? {} : { redisUrl: proxies.redis?.url(this.redis.url) ?? '' };
    return {
      settings: { ...direct, ...redisUrl, databaseUrl },
      remotes: {
        recorderUrl: withoutSlash(proxies.plain.url(remotes.plain.url)),
        keyedUrl: withoutSlash(proxies.keyed.url(remotes.keyed.url)),
        schema: EFFECTS_SCHEMA,
      },
    };
  }

  /** The same actions for those who go straight to the remotes. */
  get directRemotes(): Remotes {
    const { plain, keyed } = this.remotes;
    return { recorderUrl: plain.url, keyedUrl: keyed.url, schema: EFFECTS_SCHEMA };
  }

  /** Ends PostgreSQL as a crash would, then starts it again on the same port, which recovers. */
  async crashPostgres(downMs: (ms: number) => Promise<void>): Promise<void> {
    const crashed = this.#postgres;
    await crashed.crash();
    await downMs(500);
    const { port } = new URL(crashed.url);
    this.#postgres = await startEmbeddedPostgres({
      dataDir: crashed.dataDir,
      port: Number(port),
      flags: ['-c', 'max_connections=400'],
    });
    await crashed.stop(); // lets go of it; it runs on for its second holder
  }

  /** Lets everything through again, and has the remotes behave. */
  async heal(): Promise<void> {
    for (const proxy of Object.values(this.proxies)) await proxy?.heal();
    for (const remote of Object.values(this.remotes)) await remote.setFaults(USUAL_FAULTS);
  }

  /** Ends everything; each part even if one before it failed. */
  async close(): Promise<void> {
    const { proxies, remotes } = this;
    await Promise.allSettled(Object.values(proxies).map((proxy) => proxy?.close()));
    await this.pool.end().catch(() => undefined);
    const stopped = [remotes.plain.stop(), remotes.keyed.stop(), this.redis?.stop(), this.#postgres.stop()];
    const failed = (await Promise.allSettled(stopped)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #makeTables(): Promise<void> {
    await this.pool.query(tablesOf(EFFECTS_SCHEMA));
    const log = warningsIn(path.join(this.folder, 'people.log'));
    await (await connect({ ...this.direct, migrate: true, actions: [], log })).close();
  }
}

interface GroundParts extends Pick<Ground, 'backend' | 'folder' | 'redis' | 'remotes' | 'proxies'> {
  readonly postgres: EmbeddedPostgres;
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '');
