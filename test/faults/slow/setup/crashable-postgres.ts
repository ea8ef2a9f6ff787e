import { type EmbeddedPostgres, startEmbeddedPostgres } from '@latchkey/examples/servers';

/** A PostgreSQL of a test's own that may be killed and started again, in the same place; what it commits is synced. */
export interface CrashablePostgres extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  /** Process id of the server that runs now. */
  pid(): number;
  /** Ends the server at once: `immediate` as by `pg_ctl stop -m immediate`, `kill` by SIGKILL of the postmaster. */
  crash(how: 'immediate' | 'kill'): Promise<void>;
  /** Starts it again on its port; it recovers from its log. */
  start(flags?: readonly string[]): Promise<void>;
}

/** Starts a server with fsync on; `flags` are further arguments of `postgres`. */
export async function startCrashablePostgres(flags: readonly string[] = []): Promise<CrashablePostgres> {
  const first = await startEmbeddedPostgres({
    name: 'latchkey-crash-postgres',
    flags: ['-c', 'fsync=on', ...flags],
  });
  const handles: EmbeddedPostgres[] = [first];
  const current = () => handles.at(-1) ?? first;
  return {
    url: first.url,
    dataDir: first.dataDir,
    pid: () => current().pid,
    crash: async (how) => {
      if (how === 'kill') process.kill(current().pid, 'SIGKILL');
      await current().crash();
    },
    start: async (again = flags) => {
      handles.push(
        await startEmbeddedPostgres({
          dataDir: first.dataDir,
          port: Number(new URL(first.url).port),
          flags: ['-c', 'fsync=on', ...again],
        }),
      );
    },
    [Symbol.asyncDispose]: async () => {
      for (const handle of handles) await handle.stop();
    },
  };
}
