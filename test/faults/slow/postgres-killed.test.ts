import { describe, expect, test } from 'vitest';
import { readEffects } from '../../../packages/examples/src/oracle/effects.ts';
import { businessKey } from '../../../packages/examples/src/remotes/business-key.ts';
import { BACKENDS, openStage } from '../../worker/setup/stage.ts';
import {
  expectNoFailedJobs,
  expectOneEffectEach,
  inTime,
  type Load,
  type LoadedIntent,
  openLoad,
} from '../load.ts';
import { reportFault } from '../report.ts';
import { startCrashablePostgres } from './setup/crashable-postgres.ts';

const CASES = 30;
/** Effects made by the time of each crash, of the 90 that remotes make. */
const CRASHES = [
  [10, 'immediate'],
  [30, 'kill'],
  [60, 'immediate'],
] as const;

/** Every effect that a remote made comes after a claim of its intent that the restarted ledger still knows. */
async function expectDurableClaims(load: Load, intents: readonly LoadedIntent[]): Promise<void> {
  const logs = [load.recorders.plain, load.recorders.keyed].map(({ logFile }) => readEffects(logFile));
  const effects = new Map(
    (await Promise.all(logs)).flat().map(({ business, at }) => [business, new Date(at)]),
  );
  for (const { kind, caseId, handle } of intents) {
    const madeAt = effects.get(businessKey('record', { action: load.actions[kind].name, key: caseId }));
    if (kind === 'transactional' || madeAt === undefined) continue;
    const found = await load.client.find(handle.id);
    const claim = found?.story.find(({ event }) => event === 'claimed');
    expect(claim?.at.getTime()).toBeLessThanOrEqual(madeAt.getTime());
  }
}

describe.each(BACKENDS)('a PostgreSQL (jobs in %s)', { concurrent: true, timeout: 240_000 }, (backend) => {
  test('fault 22: that is killed under load, again and again, forgets no claim: all finish, each with one effect', async (context) => {
    await using postgres = await startCrashablePostgres();
    await using stage = await openStage(backend, { databaseUrl: postgres.url });
    const load = await openLoad(stage, { cases: CASES, slowMs: 40 });
    const intents = await load.submit();
    for (let n = 0; n < 2; n += 1) await stage.startWorker(Object.values(load.actions), { concurrency: 6 });
    for (const [made, how] of CRASHES) {
      await inTime(async () => expect(await load.effectsMade()).toBeGreaterThanOrEqual(made));
      const killed = postgres.pid();
      await postgres.crash(how);
      await postgres.start();
      expect(postgres.pid()).not.toBe(killed);
    }
    const effects = await expectOneEffectEach(load, intents);
    await expectDurableClaims(load, intents);
    await expectNoFailedJobs(stage, intents);
    reportFault(context, { times: CRASHES.length, ...effects });
  });
});
