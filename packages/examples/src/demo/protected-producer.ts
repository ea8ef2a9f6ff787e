// A producer of the protected side: hands its decisions over in all three ways, and waits for its answers.
import { type AnyAction, IntentConflict, LatchkeyError } from '@latchkey/core';
import { type Client, connect, type Handle } from '@latchkey/worker';
import { pino } from 'pino';
import { runChild } from './child-main.ts';
import type { Decision } from './decision.ts';
import { openLineFile } from './line-file.ts';
import { openPlainQueue } from './plain-queue.ts';
import type { ReceivedAnswer, RefusedSubmittal } from './received.ts';
import type { Submittal, Way } from './schedule.ts';
import { actionsFor, type ProducerSettings } from './settings.ts';

/** Submittals under way at once. */
const BATCH = 30;
/** Longest wait for one answer, in milliseconds; the demo itself gives up later. */
const ANSWER_MS = 40_000;

/** Plain jobs are kept, so that their answers can be read afterwards. */
const plainOptions = { attempts: 3, removeOnComplete: false };

await runChild<ProducerSettings>(async (settings, say) => {
  const { databaseUrl, redisUrl, queue: kind, queueName, name, folder, submittals } = settings;
  const actions = await actionsFor(settings.effects);
  const byName = new Map(actions.map((action) => [action.name, action]));
  const client = await connect({
    databaseUrl,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    queue: kind,
    queueName,
    name,
    actions,
    log: pino({ name, level: 'warn' }),
  });
  const queue = openPlainQueue(settings);
  const atTheDoor = openLineFile(folder, `deliveries-${name}`);
  const answered = openLineFile(folder, `answers-${name}`);
  const refused = openLineFile(folder, `refusals-${name}`);
  const answers: Promise<void>[] = [];

  const keep = (handle: Handle): void => {
    // a repetition is answered by the ledger, without a job: that is its delivery
    if (!handle.created) atTheDoor({ intentId: handle.id });
    answers.push(receive(handle).then(answered));
  };
  const refuse = (line: number, error: unknown): void => {
    if (!(error instanceof LatchkeyError)) throw error;
    refused(refusalOf(line, error));
  };

  for (let from = 0; from < submittals.length; from += BATCH) {
    const batch = submittals.slice(from, from + BATCH);
    const [bulk, single, plain] = (['bulk', 'submit', 'plain'] as const).map((way) => decisionsOf(batch, way));
    const plainJobs = plain.map(({ action, input }) => ({ name: action, data: input, options: plainOptions }));
    await Promise.all([
      queue.add(plainJobs),
      client.submitMany(bulk.map((decision) => itemOf(byName, decision))).then((handles) => handles.forEach(keep)),
      ...single.map((decision) => submit(client, byName, decision).then(keep, (error) => refuse(decision.line, error))),
    ]);
  }
  await Promise.all(answers);
  await say({ kind: 'done' });
  return async () => {
    await queue.close();
    await client.close();
  };
});
