// A producer of the unprotected side: adds every decision it is dealt to a BullMQ queue, with attempts as people do.
import { runChild } from './child-main.ts';
import type { PlainJobData } from './plain-effects.ts';
import { openPlainQueue } from './plain-queue.ts';
import type { Submittal } from './schedule.ts';
import type { ProducerSettings } from './settings.ts';

/** Jobs added in one call. */
const BATCH = 20;
const options = { attempts: 3, backoff: { type: 'exponential', delay: 200 }, removeOnComplete: true };

await runChild<ProducerSettings>(async (settings, say) => {
  const { submittals } = settings;
  const queue = openPlainQueue(settings);
  for (let from = 0; from < submittals.length; from += BATCH) {
    await queue.add(submittals.slice(from, from + BATCH).map(jobOf));
  }
  await say({ kind: 'done' });
  return () => queue.close();
});

function jobOf({ decision: { action, parsed, intent } }: Submittal) {
  const data: PlainJobData = { input: parsed, scope: intent.scope, key: intent.key };
  return { name: action, data, options };
}
