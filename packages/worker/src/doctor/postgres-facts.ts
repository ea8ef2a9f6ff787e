import type pg from 'pg';

/** What PostgreSQL says about itself to the user who asks. */
export interface PostgresFacts {
  readonly version: string;
  /** Like 180004. */
  readonly versionNumber: number;
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
  readonly synchronousCommit: string;
  readonly synchronousStandbyNames: string;
  /** Physical standbys that are attached now; `syncState` is null where this user may not see it. */
  readonly standbys: readonly Standby[];
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
  readonly encoding: string;
  readonly connections: {
    /** Those that this user may open at all, by server, database and role. */
    readonly limit: number;
    readonly used: number;
  };
  /** Whether the session is another one than the server behind it believes: something hands sessions on. */
  readonly pooled: boolean;
  /** The server's clock minus ours, in milliseconds. */
  readonly clockAheadMs: number;
  /** Half of the way there and back, in milliseconds: the clock can't be known better. */
  readonly clockErrorMs: number;
}

/** A server that streams the log. */
export interface Standby {
  readonly name: string;
  readonly syncState: string | null;
}

const FACTS = `
  select current_setting('server_version') as version,
    current_setting('server_version_num')::int as "versionNumber",
    current_setting('fsync')::bool as fsync,
    current_setting('full_page_writes')::bool as "fullPageWrites",
    current_setting('synchronous_commit') as "synchronousCommit",
    current_setting('synchronous_standby_names') as "synchronousStandbyNames",
    pg_is_in_recovery() as "inRecovery",
    current_setting('transaction_read_only')::bool as "readOnly",
    pg_encoding_to_char(d.encoding) as encoding,
    least(
      current_setting('max_connections')::int
        - case when r.rolsuper then 0 else current_setting('superuser_reserved_connections')::int
            + coalesce(current_setting('reserved_connections', true), '0')::int end,
      nullif(d.datconnlimit, -1),
      nullif(r.rolconnlimit, -1)) as "limit",
    (select count(*)::int from pg_stat_activity where backend_type = 'client backend'
       and pid <> pg_backend_pid()) as used,
    pg_backend_pid() as pid,
    (extract(epoch from clock_timestamp()) * 1000)::float8 as "clockMs"
  from pg_database d, pg_roles r
  where d.datname = current_database() and r.rolname = current_user`;

/** A logical subscriber is no standby, and a backup that is being taken is none either. */
const STANDBYS = `
  select coalesce(nullif(s.application_name, ''), s.pid::text) as name, s.sync_state as "syncState"
  from pg_stat_replication s left join pg_replication_slots l on l.active_pid = s.pid
  where l.slot_type is distinct from 'logical'
    and coalesce(s.application_name, '') not in ('pg_basebackup', 'pg_receivewal')
  order by 1`;

type Row = Omit<PostgresFacts, 'connections' | 'standbys' | 'pooled' | 'clockAheadMs' | 'clockErrorMs'> & {
  readonly limit: number;
  readonly used: number;
  readonly pid: number;
  readonly clockMs: number;
};

/** Asks PostgreSQL about itself; any user may. */
export async function readPostgresFacts(client: pg.Client): Promise<PostgresFacts> {
  const asked = performance.now();
  const { rows } = await client.query<Row>(FACTS);
  const tookMs = performance.now() - asked;
  const nowMs = Date.now() - tookMs / 2;
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL says nothing about this database and user');
  const { limit, used, pid, clockMs, ...facts } = row;
  const standbys = (await client.query<Standby>(STANDBYS)).rows;
  return {
    ...facts,
    standbys,
    connections: { limit, used },
    pooled: pid !== (client as unknown as { processID: number | null }).processID,
    clockAheadMs: clockMs - nowMs,
    clockErrorMs: tookMs / 2,
  };
}
