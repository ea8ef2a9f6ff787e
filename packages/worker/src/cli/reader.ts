import { reachPostgres } from '../config/reach-postgres.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import { quietLog } from './operator.ts';

/** Opens the ledger alone, for as long as `work` takes: reading works while the queue is away. */
export async function asReader<T>(
  env: NodeJS.ProcessEnv,
  flags: { readonly schema?: string | undefined },
  work: (ledger: Runtime['ledger']) => Promise<T>,
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
    return await work(runtime.ledger);
  } finally {
    await runtime.close();
  }
}
