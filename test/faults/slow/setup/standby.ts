import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@latchkey/examples/servers';
import pg from 'pg';
import { pgHomeAt } from '../../../../packages/examples/src/servers/pg-home.ts';
import { unprivilegedAccount } from '../../../../packages/examples/src/servers/unprivileged-account.ts';
import { inTime } from '../../load.ts';
import { TcpProxy } from '../../tcp-proxy.ts';

/** A server and its synchronous standby. */
export interface ReplicatedPostgres extends AsyncDisposable {
  /** Where clients connect: at the primary first. */
  readonly url: string;
  readonly primaryUrl: string;
  /** Stands between the two servers. */
  readonly replication: TcpProxy;
  /** Ends the primary for good, promotes the standby and leads the clients there. */
  failOver(): Promise<void>;
}

const STANDBY = 'latchkey_standby';

/** Starts a primary and a standby that each commit waits for. */
export async function startReplicatedPostgres(): Promise<ReplicatedPostgres> {
  const opened = new AsyncDisposableStack();
  const primary = await startEmbeddedPostgres({ name: 'latchkey-primary', flags: ['-c', 'fsync=on'] });
  opened.defer(() => primary.stop());
  const replication = await TcpProxy.before(primary.url);
  opened.defer(() => replication.close());
  const standby = await startStandby(primary, replication.url(primary.url));
  opened.use(standby);
  await query(primary.url, `alter system set synchronous_standby_names = '${STANDBY}'`);
  await query(primary.url, 'select pg_reload_conf()');
  await inTime(async () => {
    const [row] = await query(primary.url, 'select sync_state from pg_stat_replication');
    if (row?.sync_state !== 'sync') throw new Error(`the standby is ${row?.sync_state ?? 'not there'}`);
  });
  const clients = await TcpProxy.before(primary.url);
  opened.defer(() => clients.close());
  return {
    url: clients.url(primary.url),
    primaryUrl: primary.url,
    replication,
    failOver: async () => {
      await primary.crash();
      await query(standby.url, 'select pg_promote()');
      clients.retarget(standby.url);
      clients.reset();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Copies a running server the way a base backup does, with nothing but its own functions. */
async function startStandby(
  primary: EmbeddedPostgres,
  primaryUrl: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const from = pgHomeAt(primary.dataDir);
  const to = pgHomeAt(mkdtempSync(path.join(path.dirname(primary.dataDir), 'latchkey-standby-')));
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  await client.query("select pg_backup_start('standby', true)");
  cpSync(from.passwordFile, to.passwordFile);
  mkdirSync(to.cluster);
  cpSync(from.cluster, to.cluster, {
    recursive: true,
    filter: (file) => belongsToBackup(from.cluster, file),
  });
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  await client.end();
  writeFileSync(path.join(to.cluster, 'backup_label'), rows[0]?.labelfile ?? '');
  writeFileSync(path.join(to.cluster, 'standby.signal'), '');
  const { hostname, port, username, password } = new URL(primaryUrl);
  const conninfo = `host=${hostname} port=${port} user=${username} password=${password} application_name=${STANDBY}`;
  writeFileSync(path.join(to.cluster, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
  giveToServer(to.cluster);
  const standby = await startEmbeddedPostgres({ dataDir: to.folder, flags: ['-c', 'fsync=on'] });
  return {
    url: standby.url,
    [Symbol.asyncDispose]: async () => {
      await standby.stop();
      rmSync(to.folder, { recursive: true, force: true });
    },
  };
}

function belongsToBackup(cluster: string, file: string): boolean {
  const inside = path.relative(cluster, file);
  return !/^postmaster\.|^pg_wal\/[0-9A-F]{24}|^pg_wal\/archive_status\/|^pg_wal\/summaries\//.test(inside);
}

/** Root's copy belongs to the account that the server runs as. */
function giveToServer(cluster: string): void {
  chmodSync(cluster, 0o700);
  const account = unprivilegedAccount();
  if (account === undefined) return;
  chownSync(cluster, account.uid, account.gid);
  for (const entry of readdirSync(cluster, { recursive: true, encoding: 'utf8' }))
    chownSync(path.join(cluster, entry), account.uid, account.gid);
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
