import { maskUrl } from '../config/mask-url.ts';
import { reachPostgres } from '../config/reach-postgres.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import { within } from '../within.ts';
import { quietLog } from './operator.ts';

/** Longest wait for connections to close, in milliseconds: who only reads leaves nothing behind. */
const CLOSE_MS = 1_000;

/**
 * Opens the ledger alone, for as long as `work` takes: reading works while the queue is away. `work` is told where the
 * ledger is, too, without the password.
 */
export async function asReader<T>(
  env: NodeJS.ProcessEnv,
  flags: { readonly schema?: string | undefined },
  work: (ledger: Runtime['ledger'], database: string) => Promise<T>,
): Promise<T> {
  const environment = readEnvironment(env, flags);
  const { databaseUrl, schema, encryptionKeys } = environment;
  await reachPostgres(databaseUrl, (client) => client.query('select 1'));
  const runtime = await openRuntime({
    databaseUrl,
    schema,
    log: quietLog(environment),
    poolSize: 1,
    ...(encryptionKeys === undefined ? {} : { encryptionKeys }),
  });
  try {
    return await work(runtime.ledger, maskUrl(databaseUrl));
  } finally {
    await within(CLOSE_MS, runtime.close(), () => undefined);
  }
}
