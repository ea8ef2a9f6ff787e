import type { MemoryLedger } from '../../packages/core/src/ledger/memory/memory-ledger.ts';
import type { JobContent, JobQueue } from './job-queue.ts';
import type { Remote } from './remote.ts';
import type { Process, Scheduler } from './scheduler.ts';
import type { Watch } from './watch.ts';
import type { WatchEffects } from './watch-effects.ts';
import type { World } from './worlds.ts';

/** Everything that takes part in one schedule. */
export interface Stage {
  readonly world: World;
  readonly scheduler: Scheduler;
  readonly ledger: MemoryLedger;
  readonly queue: JobQueue;
  readonly remote: Remote;
  readonly watch: Watch;
  readonly effects: WatchEffects;
  /** The intent whose attempt each worker has in hand, from its claim until its delivery is over. */
  readonly attempts: Map<Process, string>;
}

/** What the story calls an intent. */
export function nameOf(stage: Stage, id: string): string {
  return stage.watch.of(id).plan.name;
}

/** What the story calls a job. */
export function jobName(stage: Stage, content: JobContent): string {
  return nameOf(stage, 'id' in content ? content.id : content.submission.id);
}
