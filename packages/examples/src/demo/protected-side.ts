import { nextStep } from '@latchkey/core';
import { type Client, connect } from '@latchkey/worker';
import { pino } from 'pino';
import type { Cleanup } from './cleanup.ts';
import { readLines } from './line-file.ts';
import { openPlainQueue, type PlainQueue } from './plain-queue.ts';
import type { SideParts } from './plain-side.ts';
import { answerOfJob, type ReceivedAnswer, type RefusedSubmittal } from './received.ts';
import type { SidePlan } from './run-side.ts';
import { actionsFor } from './settings.ts';
import type { Standing } from './tally.ts';

/** What is known of the protected side from the ledger; no figure of effects is taken from it. */
export interface LedgerView {
  readonly standing: Standing;
  /** Intents in doubt: a person, or the remote, has to say what became of them. */
  readonly inDoubt: ReadonlySet<string>;
  readonly answers: readonly ReceivedAnswer[];
  readonly refusals: readonly RefusedSubmittal[];
}

/** The protected side, and how to look into its ledger once it is settled. */
export interface ProtectedSide {
  readonly plan: SidePlan;
  look(): Promise<LedgerView>;
}

/** Intents looked at with one breath. */
const PAGE = 20;

/** Plans the side that runs Latchkey; makes its tables. */
export async function planProtectedSide(parts: SideParts, cleanup: Cleanup): Promise<ProtectedSide> {
  const { databaseUrl, redisUrl, queue: kind, queueName, effects } = parts.settings;
  const actions = await actionsFor(effects);
  const client = await connect({
    databaseUrl,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    queue: kind,
    queueName,
    actions,
    migrate: true,
    name: 'demo',
    log: pino({ level: 'silent' }),
  });
  cleanup.defer(() => client.close());
  const queue = openPlainQueue(parts.settings);
  cleanup.defer(() => queue.close());
  const byName = new Map(actions.map((action) => [action.name, action]));
  const open = new Set(parts.wanted.map(({ intentId }) => intentId));

  const isSettledIntent = async (id: string): Promise<boolean> => {
    const found = await client.find(id);
    const action = found === null ? undefined : byName.get(found.record.action);
    if (found === null || action === undefined) return false;
    // what waits for a person is held, as a doubt is
    const { record } = found;
    return record.state === 'awaiting_approval' || nextStep(action, record).kind === 'answer';
  };
  return {
    plan: {
      ...parts,
      title: 'Latchkey',
      worker: 'protected-worker',
      producer: 'protected-producer',
      nameOf: ({ intentId }) => intentId,
      isSettled: async () => (await queue.isIdle()) && (await dropSettled(open, isSettledIntent)),
      open: () => tellOpen(client, [...open]),
    },
    look: () => lookInto(client, queue, parts),
  };
}

/** Takes those that are settled out of `open`; answers whether none is left. What is settled stays so. */
async function dropSettled(open: Set<string>, isSettled: (id: string) => Promise<boolean>): Promise<boolean> {
  const ids = [...open];
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE);
    const settled = await Promise.all(page.map(isSettled));
    for (const [index, id] of page.entries()) if (settled[index]) open.delete(id);
  }
  return open.size === 0;
}

async function tellOpen(client: Client, ids: readonly string[]): Promise<string> {
  const few = await Promise.all(ids.slice(0, 5).map(async (id) => ({ id, found: await client.find(id) })));
  const told = few.map(
    ({ id, found }) => `${found?.record.key ?? id} is ${found?.record.state ?? 'not there'}`,
  );
  return `${ids.length} intents are open: ${told.join('; ')}`;
}

async function lookInto(
  client: Client,
  queue: PlainQueue,
  { wanted, settings }: SideParts,
): Promise<LedgerView> {
  const held = new Set<string>();
  const inDoubt = new Set<string>();
  const declined = new Set<string>();
  for (const { intentId } of wanted) {
    const record = (await client.find(intentId))?.record;
    if (record === undefined || record.finishedAt === null) held.add(intentId);
    if (record?.state === 'in_doubt') inDoubt.add(intentId);
    if (settings.effects.kind === 'own' && record?.error?.code === 'DECLINED') declined.add(intentId);
  }
  const jobs = await queue.results();
  const fromJobs = jobs.returned.map(answerOfJob).filter((answer) => answer !== undefined);
  const conflicts = jobs.failed.filter((reason) => reason.startsWith('INTENT_CONFLICT'));
  return {
    standing: { held, declined },
    inDoubt,
    answers: [...readLines<ReceivedAnswer>(settings.folder, 'answers'), ...fromJobs],
    refusals: [
      ...readLines<RefusedSubmittal>(settings.folder, 'refusals'),
      ...conflicts.map((why) => ({ why })),
    ],
  };
}
