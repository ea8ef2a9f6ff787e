import { expect, type TestContext } from 'vitest';
import { countEffects, readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { recordedBusiness } from '../../packages/examples/src/remotes/effect-recorder.ts';
import type { Recorders } from '../worker/setup/oracle.ts';
import type { Stage } from '../worker/setup/stage.ts';
import { eventually } from './eventually.ts';
import { reportFault } from './report.ts';

/** Where to look: a ledger of the test's own, and the remotes that its effects went to. */
export interface Ground {
  readonly stage: Stage;
  readonly recorders: Recorders;
}

/** An intent as it stands in the ledger. */
interface Intent {
  readonly id: string;
  readonly action: string;
  readonly scope: string | null;
  readonly state: string;
  /** What is answered, as far as the ledger stores it. */
  readonly answer: string;
  readonly input: string;
  /** The remote is asked about it again by a timer, which a delivery would wait for. */
  readonly asksAgain: boolean;
}

/** Intents that are delivered once more at most; enough to show it, few enough not to wait for. */
const DELIVERED_AGAIN = 24;

/**
 * Expects what holds after every fault once it has healed, for all intents of a stage, and reports it:
 *
 * - every intent is finished or in doubt;
 * - none has two effects, counted by action and case in the remotes' own logs; one that succeeded has one, one that
 *   failed or was withdrawn has none;
 * - a further delivery changes neither a stored answer nor what the remotes count. A worker must be running.
 *
 * @param times how often the fault landed
 */
export async function expectHealed(
  context: Pick<TestContext, 'task'>,
  ground: Ground,
  times: number,
): Promise<void> {
  await eventually(async () => {
    const unfinished = (await intentsOf(ground)).filter(({ state }) => UNFINISHED.has(state));
    expect(unfinished).toEqual([]);
  });
  const before = await expectOneEffectEach(ground);
  await deliverAgain(ground, before.intents);
  const { intents, ...effects } = await expectOneEffectEach(ground);
  expect(stored(intents)).toMatchObject(stored(before.intents));
  reportFault(context, { times, ...effects });
}

const UNFINISHED = new Set(['awaiting_approval', 'pending', 'claimed']);

/** What the remotes may count for an intent. In doubt, it may or may not have had its one effect. */
function allowed(state: string): readonly number[] {
  if (state === 'in_doubt') return [0, 1];
  return state === 'succeeded' ? [1] : [0];
}

async function expectOneEffectEach(
  ground: Ground,
): Promise<{ intents: Intent[]; wanted: number; done: number }> {
  const counts = await countAll(ground);
  const intents = await intentsOf(ground);
  let [wanted, done] = [0, 0];
  for (const { action, scope, state, input } of intents) {
    const { caseId } = JSON.parse(input) as { caseId: string };
    const key = scope === null ? caseId : `${scope}/${caseId}`;
    const effects = counts.get(recordedBusiness(action, key)) ?? 0;
    expect(allowed(state), `effects of ${action} on ${key}, which is ${state}`).toContain(effects);
    wanted += state === 'in_doubt' ? Math.min(effects, 1) : Math.max(...allowed(state));
    done += effects;
  }
  return { intents, wanted, done };
}

async function intentsOf({ stage }: Ground): Promise<Intent[]> {
  return stage.query<Intent & Record<string, unknown>>(
    `select id, action, scope, state, input,
       concat_ws(' ', state, result, error, external_id, external_url, finished_at) as answer,
       state = 'in_doubt' and due_at is not null as "asksAgain"
     from $schema.intent where alias_of is null and purged_at is null`,
  );
}

/** Answers that no later delivery may change, by intent. */
function stored(intents: readonly Intent[]): Record<string, string> {
  const final = intents.filter(({ state }) => state !== 'in_doubt');
  return Object.fromEntries(final.map(({ id, answer }) => [id, answer]));
}

/** All effects by action and case, those of the same database under the names that a recorder would give them. */
async function countAll({ stage, recorders }: Ground): Promise<Map<string, number>> {
  const logs = [recorders.plain, recorders.keyed].map(({ logFile }) => readEffects(logFile));
  const counts = countEffects((await Promise.all(logs)).flat());
  const [found] = await stage.query<{ there: boolean }>(
    "select to_regclass('$schema.booking') is not null as there",
  );
  if (found?.there !== true) return counts;
  const booked = await stage.query<{ case_id: string; n: number }>(
    'select case_id, count(*)::int as n from $schema.booking group by case_id',
  );
  for (const { case_id, n } of booked) counts.set(recordedBusiness('stock.book', case_id), n);
  return counts;
}

async function deliverAgain({ stage }: Ground, intents: readonly Intent[]): Promise<void> {
  const queue = stage.openQueue();
  const kept = { removeOnComplete: false, removeOnFail: false };
  const settled = intents.filter(({ asksAgain }) => !asksAgain);
  await Promise.all(
    settled.slice(0, DELIVERED_AGAIN).map(async ({ id, action }) => {
      const job = await queue.add(action, { latchkey: id }, { jobId: `again-${id}`, ...kept });
      const end = await queue.ended(job).catch(({ message }: Error) => message); // a doubt, and a failure, fail it
      const state = await queue.getJobState(job.id ?? '');
      expect(state, `second delivery of ${action} ${id}: ${JSON.stringify(end)}`).toMatch(
        /^(completed|failed)$/,
      );
    }),
  );
}
