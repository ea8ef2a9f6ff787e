import { randomUUID } from 'node:crypto';
import type { Client, Handle, QueueKind } from '@latchkey/worker';
import type { Browser } from 'playwright-core';
import { vi } from 'vitest';
import type { FaultSettings } from '../../../packages/examples/src/remotes/faults.ts';
import type { RunningRemote } from '../../../packages/examples/src/remotes/start-remote.ts';
import { type ConsoleUnderTest, type Login, runConsole } from '../../console/setup/running-console.ts';
import { effectsOf, startRecorder } from '../../worker/setup/oracle.ts';
import { openStage, type Stage } from '../../worker/setup/stage.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { type Desk, openDesk } from './desk.ts';

/** Everything that a person on call has before them: a desk, its worker, the console, a browser. */
export interface Floor extends AsyncDisposable {
  readonly stage: Stage;
  readonly desk: Desk;
  readonly client: Client;
  readonly recorder: RunningRemote;
  readonly under: ConsoleUnderTest;
  readonly browser: Browser;
  /** Opens a page as somebody; as nobody without. */
  open(as?: Login, options?: Parameters<typeof openPage>[1]): Promise<WatchedPage>;
  /** A message that ended in doubt though its effect is there. */
  doubtful(): Promise<Handle>;
  /** A ticket that failed: the desk refused it. */
  failed(): Promise<Handle>;
  /** A ticket that succeeded. */
  succeeded(): Promise<Handle>;
  /** A refund that waits for approval. */
  awaiting(): Promise<Handle>;
  /** Waits until an intent is in a state. */
  reaches(id: string, state: string): Promise<void>;
  /** Effects of an intent that the remote counts. */
  effectsOf(id: string): Promise<number>;
}

/** Opens a floor on one backend. */
export async function openFloor(backend: QueueKind): Promise<Floor> {
  const opened = new AsyncDisposableStack();
  const recorder = await startRecorder();
  opened.defer(() => recorder.stop());
  const stage = opened.use(await openStage(backend));
  const desk = openDesk(recorder.url);
  const client = await stage.connect(...desk.all);
  await stage.startWorker(desk.all);
  const under = await runConsole(stage, desk.all);
  const browser = await launchBrowser();
  opened.defer(() => browser.close());

  const reaches = (id: string, state: string): Promise<void> =>
    vi.waitFor(
      async () => {
        const now = (await client.find(id))?.record.state;
        if (now !== state) throw new Error(`intent ${id} is ${now}, not ${state}`);
      },
      { timeout: 20_000, interval: 50 },
    );
  const submit = async (
    action: keyof Omit<Desk, 'all'>,
    input: object,
    end: string,
    faults: FaultSettings = {},
  ) => {
    await recorder.setFaults(faults);
    const handle = await client.submit(desk[action], input);
    await reaches(handle.id, end);
    await recorder.setFaults({});
    return handle;
  };
  const short = () => randomUUID().slice(0, 8);
  const ticket = () => ({
    caseId: `CASE-${short()}`,
    customer: 'Ada Lovelace',
    subject: 'Refund',
    body: 'Please.',
  });
  return {
    ...{ stage, desk, client, recorder, under, browser, reaches },
    open: (as, options = {}) =>
      openPage(browser, {
        baseURL: under.console.url,
        ...(as === undefined
          ? {}
          : { httpCredentials: { username: as.name, password: as.token, send: 'always' as const } }),
        ...options,
      }),
    doubtful: () =>
      submit(
        'sendMessage',
        { messageId: `MSG-${short()}`, channel: 'mail', to: 'ada@example.org', text: 'On its way.' },
        'in_doubt',
        {
          dropAfterCommit: 1,
        },
      ),
    failed: () => submit('createTicket', ticket(), 'failed', { decline: 1 }),
    succeeded: () => submit('createTicket', ticket(), 'succeeded'),
    awaiting: () =>
      submit(
        'issueRefund',
        { orderId: `ORDER-${short()}`, amountCents: 12_900, currency: 'EUR', reason: 'Damaged' },
        'awaiting_approval',
      ),
    effectsOf: async (id) => {
      const found = await client.find(id);
      const [, key = ''] = /=(.*)$/.exec(found?.record.key ?? '') ?? [];
      return effectsOf(recorder, found?.record.action ?? '', key);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
