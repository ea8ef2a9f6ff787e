import path from 'node:path';
import { type LandedFault, type LoggedEffect, readEffects, readFaults } from '../oracle/effects.ts';
import { readRecordEffects } from '../oracle/record-effects.ts';
import type { FaultSettings } from '../remotes/faults.ts';
import type { RemoteKind } from '../remotes/remote.ts';
import { type RunningRemote, startRemote } from '../remotes/start-remote.ts';
import type { Cleanup } from './cleanup.ts';
import type { Effects } from './settings.ts';

/** The remotes of one side, in processes of their own, with their logs as the only witness of what happened. */
export interface DemoRemotes {
  readonly effects: Effects;
  /** All effects so far, by the remotes' own logs. */
  read(): Promise<LoggedEffect[]>;
  /** Faults that demonstrably landed. */
  faults(): Promise<LandedFault[]>;
  stop(): Promise<void>;
}

/**
 * Both sides meet the same faults: each remote draws them from its seed, the effect's business name and how often that
 * effect was asked for. An answer gets lost after one effect in six; some requests are refused, half are slow.
 */
const faults: FaultSettings = {
  refuse: 0.03,
  dropAfterCommit: 0.1,
  errorAfterCommit: 0.06,
  slowMs: 120,
  slow: 0.5,
};

/** Starts a ticket desk, a mail server and a site; the records are in the side's own database. */
export async function startExampleRemotes(
  folder: string,
  databaseUrl: string,
  cleanup: Cleanup,
): Promise<DemoRemotes> {
  const kinds = ['ticket-desk', 'mailbox', 'site'] as const;
  const started = await Promise.all(kinds.map((kind) => start(kind, folder, cleanup)));
  const [deskUrl = '', smtpUrl = '', siteUrl = ''] = started.map(({ url }) => url);
  return {
    ...logsOf(started),
    effects: { kind: 'examples', remotes: { deskUrl, smtpUrl, siteUrl } },
    read: async () => [...(await logsOf(started).read()), ...(await readRecordEffects(databaseUrl))],
  };
}

/** Starts a recorder for actions of the user's own; on the protected side it honours idempotency keys. */
export async function startOwnRemotes(
  folder: string,
  module: string,
  honourKeys: boolean,
  cleanup: Cleanup,
): Promise<DemoRemotes> {
  const recorder = await start('effect-recorder', folder, cleanup, honourKeys);
  return { ...logsOf([recorder]), effects: { kind: 'own', module, recorderUrl: recorder.url } };
}

async function start(
  kind: RemoteKind,
  folder: string,
  cleanup: Cleanup,
  honourKeys = false,
): Promise<RunningRemote> {
  const remote = await startRemote(kind, { logFile: path.join(folder, `${kind}.jsonl`), faults, honourKeys });
  cleanup.defer(() => remote.kill());
  return remote;
}

function logsOf(remotes: readonly RunningRemote[]): Pick<DemoRemotes, 'read' | 'faults' | 'stop'> {
  return {
    read: async () => (await Promise.all(remotes.map(({ logFile }) => readEffects(logFile)))).flat(),
    faults: async () => (await Promise.all(remotes.map(({ logFile }) => readFaults(logFile)))).flat(),
    stop: async () => {
      await Promise.all(remotes.map((remote) => remote.stop()));
    },
  };
}
