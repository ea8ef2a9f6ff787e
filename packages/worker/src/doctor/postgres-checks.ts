import { type Check, ok, refuse, warn } from './check.ts';
import type { PostgresFacts } from './postgres-facts.ts';

/** What PostgreSQL's facts are judged by: what it says, and how many connections this process may open. */
export type PostgresToJudge = PostgresFacts & { readonly needed: number };

/** The oldest PostgreSQL that our statements run on. */
const OLDEST = 130_000;
const subject = 'postgresql';

/** Checks of the database that holds the ledger. */
export const POSTGRES_CHECKS: readonly Check<PostgresToJudge>[] = [
  {
    subject,
    name: 'version',
    how: '`server_version_num`',
    orElse: "the ledger's statements fail",
    judge: ({ version, versionNumber }) =>
      versionNumber >= OLDEST ? ok(version) : refuse(version, 'use PostgreSQL 13 or later'),
  },
  {
    subject,
    name: 'writable',
    how: '`pg_is_in_recovery()`, `transaction_read_only`',
    orElse: 'nothing can be claimed',
    judge: ({ inRecovery, readOnly }) => {
      if (inRecovery) return refuse('a standby, which takes no writes', 'name the primary in DATABASE_URL');
      return readOnly
        ? refuse('read-only', 'set default_transaction_read_only off for this database and user')
        : ok('yes');
    },
  },
  {
    subject,
    name: 'fsync',
    how: 'the setting `fsync`',
    orElse: 'a crash of the machine forgets claims, and an effect is made twice',
    acceptable: true,
    judge: ({ fsync }) =>
      fsync
        ? ok('on')
        : refuse('off', 'set fsync on and restart PostgreSQL; it is for throw-away data alone'),
  },
  {
    subject,
    name: 'full_page_writes',
    how: 'the setting `full_page_writes`',
    orElse: 'a crash of the machine may leave torn pages',
    judge: ({ fullPageWrites }) =>
      fullPageWrites
        ? ok('on')
        : warn('off', 'set full_page_writes on, unless the file system never writes half a page'),
  },
  {
    subject,
    name: 'synchronous_commit',
    how: 'the setting `synchronous_commit` of this user and database',
    orElse: 'a crash, or a failover, forgets what was just claimed',
    judge: ({ synchronousCommit: setting, standbys, synchronousStandbyNames }) => {
      if (setting === 'off')
        return warn('off', 'set synchronous_commit on: a crash forgets the last commits');
      const hasStandby = standbys.length > 0 || synchronousStandbyNames !== '';
      return setting === 'local' && hasStandby
        ? warn('local, with a standby', 'set synchronous_commit on: a failover forgets the last commits')
        : ok(setting);
    },
  },
  {
    subject,
    name: 'standbys',
    how: '`pg_stat_replication`, `synchronous_standby_names`',
    orElse: 'a failover forgets what was just claimed',
    judge: judgeStandbys,
  },
  {
    subject,
    name: 'encoding',
    how: '`pg_database.encoding`',
    orElse: 'keys and inputs with other characters are refused, or stored as bytes',
    judge: ({ encoding }) =>
      encoding === 'UTF8' ? ok(encoding) : refuse(encoding, 'make the database with encoding UTF8'),
  },
  {
    subject,
    name: 'connections',
    how: '`max_connections`, limits of database and user, `pg_stat_activity`',
    orElse: 'claims wait for a connection, or fail',
    judge: ({ connections: { limit, used }, needed }) => {
      const free = Math.max(0, limit - used);
      const found = `${free} of ${limit} free, this process may open ${needed}`;
      return free >= needed ? ok(found) : warn(found, 'raise max_connections, or lower poolSize');
    },
  },
  {
    subject,
    name: 'pooler',
    how: "the session's process id against `pg_backend_pid()`",
    orElse: 'prepared statements and advisory locks get lost between sessions',
    judge: ({ pooled }) =>
      pooled
        ? warn('a pooler stands in between', 'connect directly, or make sure that it pools by session')
        : ok('none'),
  },
];

function judgeStandbys({ standbys, synchronousStandbyNames }: PostgresToJudge) {
  if (standbys.length === 0) {
    return synchronousStandbyNames === ''
      ? ok('none')
      : warn(
          `none attached, though synchronous_standby_names is ${synchronousStandbyNames}`,
          'start the standby: until then every commit waits, and so does every intent',
        );
  }
  const named = (wanted: (state: string | null) => boolean) =>
    standbys.filter(({ syncState }) => wanted(syncState)).map(({ name }) => name);
  const waitedFor = named((state) => state === 'sync' || state === 'quorum');
  const others = named((state) => state === 'async' || state === 'potential');
  if (waitedFor.length > 0) {
    const rest = others.length > 0 ? `; never promote ${others.join(', ')}, which may be behind` : '';
    return ok(`synchronous: ${waitedFor.join(', ')}${rest}`);
  }
  if (others.length === 0 && synchronousStandbyNames !== '') {
    return ok(`${standbys.length}, which this user may not look at`);
  }
  return warn(
    `asynchronous: ${named(() => true).join(', ')}`,
    'name one in synchronous_standby_names, or never promote one: it may not have the last claims',
  );
}
