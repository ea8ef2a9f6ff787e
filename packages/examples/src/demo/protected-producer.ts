// A producer of the protected side: hands its decisions over in all three ways, and waits for its answers.
import { type AnyAction, IntentConflict } from '@latchkey/core';
import { type Client, connect, type Handle } from '@latchkey/worker';
import { pino } from 'pino';
import { runChild } from './child-main.ts';
import type { Decision } from './decision.ts';
import { openLineFile } from './line-file.ts';
import { openPlainQueue, type PlainJob } from './plain-queue.ts';
import type { ReceivedAnswer, RefusedSubmittal } from './received.ts';
import type { Submittal, Way } from './schedule.ts';
import { actionsFor, type ProducerSettings } from './settings.ts';

/** Submittals under way at once. */
const BATCH = 30;
/** Longest wait for one answer, in milliseconds; the demo tells of an intent that takes so long. */
const ANSWER_MS = 40_000;
/** Plain jobs are kept, so that their answers can be read afterwards. */
const plainOptions = { attempts: 3, removeOnComplete: false };

interface Producer {
  readonly client: Client;
  readonly actions: ReadonlyMap<string, AnyAction>;
  readonly atTheDoor: (line: { intentId: string }) => void;
  readonly answered: (line: ReceivedAnswer) => void;
  readonly refused: (line: RefusedSubmittal) => void;
  readonly waiting: Promise<void>[];
}

await runChild<ProducerSettings>(async (settings, say) => {
  const producer = await openProducer(settings);
  const queue = openPlainQueue(settings);
  const { submittals } = settings;
  for (let from = 0; from < submittals.length; from += BATCH) {
    const batch = submittals.slice(from, from + BATCH);
    await Promise.all([
      queue.add(decisionsOf(batch, 'plain').map(jobOf)),
      submitMany(producer, decisionsOf(batch, 'bulk')),
      ...decisionsOf(batch, 'submit').map((decision) => submit(producer, decision)),
    ]);
  }
  await Promise.all(producer.waiting);
  await say({ kind: 'done' });
  return async () => {
    await queue.close();
    await producer.client.close();
  };
});

async function openProducer(settings: ProducerSettings): Promise<Producer> {
  const { databaseUrl, redisUrl, queue, queueName, name, folder } = settings;
  const actions = await actionsFor(settings.effects);
  const client = await connect({
    databaseUrl,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    queue,
    queueName,
    name,
    actions,
    log: pino({ name, level: 'warn' }),
  });
  return {
    client,
    actions: new Map(actions.map((action) => [action.name, action])),
    atTheDoor: openLineFile(folder, `deliveries-${name}`),
    answered: openLineFile(folder, `answers-${name}`),
    refused: openLineFile(folder, `refusals-${name}`),
    waiting: [],
  };
}

function decisionsOf(batch: readonly Submittal[], way: Way): Decision[] {
  return batch.filter((submittal) => submittal.way === way).map(({ decision }) => decision);
}

function jobOf({ action, input }: Decision): PlainJob {
  return { name: action, data: input, options: plainOptions };
}

async function submitMany(producer: Producer, decisions: readonly Decision[]): Promise<void> {
  const items = decisions.map(({ action, input, scope }) => ({
    action: actionNamed(producer, action),
    input,
    ...(scope === undefined ? {} : { scope }),
  }));
  for (const handle of await producer.client.submitMany(items)) keep(producer, handle);
}

async function submit(producer: Producer, { action, input, scope, line }: Decision): Promise<void> {
  try {
    const options = scope === undefined ? {} : { scope };
    keep(producer, await producer.client.submit(actionNamed(producer, action), input, options));
  } catch (error) {
    if (!(error instanceof IntentConflict)) throw error;
    producer.refused({ line, why: error.message });
  }
}

function actionNamed({ actions }: Producer, name: string): AnyAction {
  const action = actions.get(name);
  if (action === undefined) throw new Error(`no action ${name}`);
  return action;
}

/** A repetition is answered by the ledger, without a job: that is its delivery. */
function keep({ atTheDoor, answered, waiting }: Producer, handle: Handle): void {
  if (!handle.created) atTheDoor({ intentId: handle.id });
  const answer = handle.answer({ timeoutMs: ANSWER_MS }).then(({ key, status, replayed, drift = [] }) => {
    answered({ key, status, replayed, drift });
  });
  waiting.push(answer);
}
