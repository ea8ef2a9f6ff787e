import { openSync } from 'node:fs';
import path from 'node:path';
import type { Say } from './child-main.ts';
import type { WorkerChildSettings } from './settings.ts';

/**
 * Makes the fault hook of a worker: called after each effect and before anything is recorded or acknowledged.
 *
 * The first of a side's workers that has had effects enough stands still there, for ever, and says so: the demo kills
 * it. What else it has under way dies with it, in mid-request.
 */
export function victimHook(
  { stand, folder }: WorkerChildSettings,
  say: Say,
): (what: string) => Promise<void> {
  const at = new Set(stand?.at);
  let effects = 0;
  return async (what) => {
    effects += 1;
    if (stand === null || effects < stand.from || !at.has(what) || !becomeVictim(folder)) return;
    await say({ kind: 'standing', what });
    await new Promise(() => undefined);
  };
}

/** Only one process can create the file. */
function becomeVictim(folder: string): boolean {
  try {
    openSync(path.join(folder, 'victim'), 'wx');
    return true;
  } catch {
    return false;
  }
}
