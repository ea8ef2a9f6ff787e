import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { countEffects, readEffects } from '../../../packages/examples/src/oracle/effects.ts';
import { businessKey } from '../../../packages/examples/src/remotes/business-key.ts';
import {
  type RemoteOptions,
  type RunningRemote,
  startRemote,
} from '../../../packages/examples/src/remotes/start-remote.ts';
import type { ActionsByKind, Remotes } from './actions.ts';
import type { Stage } from './stage.ts';

/** Starts an effect recorder with a log in a folder of its own. */
export async function startRecorder(options: Omit<RemoteOptions, 'logFile'> = {}): Promise<RunningRemote> {
  const logFile = join(await mkdtemp(join(inject('folder'), 'recorder-')), 'effects.jsonl');
  return startRemote('effect-recorder', { logFile, ...options });
}

/** A recorder that drops no duplicate, and one that honours keys. */
export interface Recorders extends AsyncDisposable {
  readonly plain: RunningRemote;
  readonly keyed: RunningRemote;
}

/** Starts both recorders. */
export async function startRecorders(): Promise<Recorders> {
  const [plain, keyed] = await Promise.all([startRecorder(), startRecorder({ honourKeys: true })]);
  return {
    plain,
    keyed,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([plain.stop(), keyed.stop()]);
    },
  };
}

/** Where the effects of a stage's actions go. */
export function remotesOf(stage: Stage, { plain, keyed }: Recorders): Remotes {
  return { recorderUrl: plain.url, keyedUrl: keyed.url, schema: stage.settings.schema };
}

/** Counts the effects of one case, as a remote's own log tells them. */
export async function effectsOf(remote: RunningRemote, action: string, caseId: string): Promise<number> {
  const counts = countEffects(await readEffects(remote.logFile));
  return counts.get(businessKey('record', { action, key: caseId })) ?? 0;
}

/** Makes the table of the transactional effects; it refuses no duplicate. */
export const bookings =
  'create table $schema.booking (id bigint generated always as identity, case_id text not null)';

/** Counts the rows that transactional effects wrote for one case. */
export async function bookingsOf(stage: Stage, caseId: string): Promise<number> {
  const rows = await stage.query('select 1 from $schema.booking where case_id = $1', [caseId]);
  return rows.length;
}

/** Effects of one case, an action of each kind. */
export type CountsByKind = Readonly<Record<keyof ActionsByKind, number>>;

/** Counts the effects that all four kinds had on one case. */
export async function countsByKind(
  stage: Stage,
  { plain, keyed }: Recorders,
  caseId: string,
): Promise<CountsByKind> {
  return {
    atMostOnce: await effectsOf(plain, 'message.send', caseId),
    reconcilable: await effectsOf(plain, 'page.publish', caseId),
    idempotent: await effectsOf(keyed, 'ticket.open', caseId),
    transactional: await bookingsOf(stage, caseId),
  };
}
