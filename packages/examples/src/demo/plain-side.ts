import type { Cleanup } from './cleanup.ts';
import { openPlainQueue } from './plain-queue.ts';
import type { SidePlan } from './run-side.ts';

/** What a side is planned with; the rest follows from whether it is protected. */
export type SideParts = Pick<SidePlan, 'settings' | 'remotes' | 'wanted' | 'dealt'>;

/** Plans the side that runs plain BullMQ, with `attempts: 3` and nothing else. */
export function planPlainSide(parts: SideParts, cleanup: Cleanup): SidePlan {
  const queue = openPlainQueue(parts.settings);
  cleanup.defer(() => queue.close());
  return {
    ...parts,
    title: 'Plain BullMQ, attempts: 3',
    worker: 'plain-worker',
    producer: 'plain-producer',
    nameOf: ({ key }) => key,
    isSettled: () => queue.isIdle(),
    open: async () => 'Its queue still has jobs.',
  };
}
