import { randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, QueueKind } from '@latchkey/worker';
import { type ExampleActions, exampleActions } from '../../packages/examples/src/actions/example-actions.ts';
import { type LoggedEffect, readEffects } from '../../packages/examples/src/oracle/effects.ts';
import { expectedEffect } from '../../packages/examples/src/oracle/expected-effect.ts';
import { readRecordEffects } from '../../packages/examples/src/oracle/record-effects.ts';
import { type RunningRemote, startRemote } from '../../packages/examples/src/remotes/start-remote.ts';
import { openStage, type Stage } from '../worker/setup/stage.ts';

/** The example actions, their real remotes, a client and a worker. */
export interface ExampleStage extends AsyncDisposable {
  readonly actions: ExampleActions;
  readonly client: Client;
  readonly desk: RunningRemote;
  readonly mailbox: RunningRemote;
  readonly site: RunningRemote;
  readonly stage: Stage;
  /** The effects that a decision had, as its remote's own log tells them. */
  effectsOf(action: string, input: object, scope?: string): Promise<LoggedEffect[]>;
}

/** Makes a name that no other test uses: remotes are a test's own, but the records of all share a table. */
export function fresh(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

const pace = { leaseMs: 2_000, deadlineMs: 3_000, quietMs: 200, backoffMs: 50 };

/** Starts all of it, on one backend. */
export async function openExampleStage(queue: QueueKind = 'postgres'): Promise<ExampleStage> {
  const opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'latchkey examples ')));
  const start = async (kind: RunningRemote['kind']) =>
    opened.use(await startRemote(kind, { logFile: join(folder.path, `${kind}.jsonl`) }));
  const [desk, mailbox, site] = await Promise.all([start('ticket-desk'), start('mailbox'), start('site')]);
  const actions = exampleActions({ deskUrl: desk.url, smtpUrl: mailbox.url, siteUrl: site.url }, pace);
  const stage = opened.use(await openStage(queue));
  await stage.startWorker(Object.values(actions));
  const logs: Record<string, RunningRemote> = {
    'ticket.create': desk,
    'message.send': mailbox,
    'page.publish': site,
  };
  return {
    actions,
    client: await stage.connect(...Object.values(actions)),
    desk,
    mailbox,
    site,
    stage,
    effectsOf: async (action, input, scope) => {
      const log = logs[action];
      const all = log ? await readEffects(log.logFile) : await readRecordEffects(stage.settings.databaseUrl);
      const name = expectedEffect(action, scope ?? null, input);
      return all.filter(({ business }) => business === name);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
