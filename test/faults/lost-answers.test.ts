import { type Answer, atMostOnce, defineAction, type EffectContext, type Performed } from '@latchkey/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readFaults } from '../../packages/examples/src/oracle/effects.ts';
import type { RecordedEffect } from '../../packages/examples/src/remotes/effect-recorder.ts';
import type { FaultSettings } from '../../packages/examples/src/remotes/faults.ts';
import { startRemote } from '../../packages/examples/src/remotes/start-remote.ts';
import { findFreePort } from '../../packages/examples/src/servers/free-port.ts';
import { KINDS } from '../worker/setup/actions.ts';
import { effectsOf, type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { eventually } from './eventually.ts';
import { expectHealed } from './heal.ts';
import { reportFault } from './report.ts';
import {
  answersOf,
  type Ends,
  endsOf,
  expectJobsToFollow,
  expectSameAnswerAgain,
  type Kind,
  openScene,
  type Scene,
  TAKEN_OVER,
} from './scene.ts';

/** Kinds whose effects go to a remote that can lose an answer. */
const REMOTE_KINDS = KINDS.filter((kind) => kind !== 'transactional');
const BOOKED: Ends['transactional'] = ['succeeded', 1, 1];

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterEach(() => setFaults({}));
afterAll(() => recorders[Symbol.asyncDispose]());

/** Two of the three kinds share the plain recorder, so that it gets twice as many faults. */
async function setFaults({ limit, ...faults }: FaultSettings & { limit?: number }): Promise<void> {
  const limited = (times: number) => (limit === undefined ? faults : { ...faults, limit: limit * times });
  await Promise.all([recorders.plain.setFaults(limited(2)), recorders.keyed.setFaults(limited(1))]);
}

/** Faults that the remotes' own logs say have hit a case. */
async function landedOn({ caseId }: Scene): Promise<string[]> {
  const logs = [recorders.plain, recorders.keyed].map(({ logFile }) => readFaults(logFile));
  const faults = (await Promise.all(logs)).flat();
  return faults.filter(({ business }) => business.includes(caseId)).map(({ fault }) => fault);
}

async function timesOf({ client, handles }: Scene, kind: Kind, event: string): Promise<number[]> {
  const found = await client.find(handles[kind].id);
  return (found?.story ?? []).filter((told) => told.event === event).map(({ at }) => at.getTime());
}

async function answered(stage: Stage, scene: Scene): Promise<Answer[]> {
  await stage.startWorker(Object.values(scene.actions));
  return answersOf(scene);
}

describe.each(BACKENDS)('a remote (jobs in %s)', (backend) => {
  test.for(['dropAfterCommit', 'errorAfterCommit'] as const)(
    'fault 11: that commits, then %s, has one effect',
    async (fault, { task }) => {
      await using stage = await openStage(backend);
      const scene = await openScene(stage, recorders);
      await setFaults({ [fault]: 1, limit: 1 });
      const answers = await answered(stage, scene);
      expect(await landedOn(scene)).toEqual([fault, fault, fault]);
      expect(await endsOf(scene)).toEqual({
        atMostOnce: ['in_doubt', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', 2, 1],
        transactional: BOOKED,
      } satisfies Ends);
      await expectJobsToFollow(scene, answers);
      await expectSameAnswerAgain(scene, answers);
      await expectPersonsWord(scene);
      await expectHealed({ task }, scene, 3);
    },
  );

  /** The one kind that waits for a person: who looked at the remote says what happened, and that is answered. */
  async function expectPersonsWord(scene: Scene): Promise<void> {
    const { client, handles, stage } = scene;
    const { id } = handles.atMostOnce;
    const job = await stage.openQueue().getJob(id);
    expect(job?.failedReason).toMatch(/^IN_DOUBT: message\.send:caseId=.*resolve intent/);
    await client.resolve(id, { as: 'succeeded', result: 'seen', by: 'ada', reason: 'it is in the outbox' });
    const answers = await answersOf(scene);
    expect(answers[KINDS.indexOf('atMostOnce')]).toMatchObject({ status: 'succeeded', result: 'seen' });
    await expectSameAnswerAgain(scene, answers);
    expect((await endsOf(scene)).atMostOnce).toEqual(['succeeded', 1, 1]);
  }

  test('fault 12: that is busy is asked again no sooner than it said', async ({ task }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders);
    await setFaults({ refuse: 1, limit: 1 }); // 503 with `Retry-After: 1`; the actions' own backoff is 50 ms
    const before = await recorders.plain.stats();
    await answered(stage, scene);
    expect((await recorders.plain.stats()).faults.refuse - before.faults.refuse).toBe(2);
    expect(await endsOf(scene)).toEqual({
      atMostOnce: ['succeeded', 2, 1],
      reconcilable: ['succeeded', 2, 1],
      idempotent: ['succeeded', 2, 1],
      transactional: BOOKED,
    } satisfies Ends);
    for (const kind of REMOTE_KINDS) {
      const [refusedAt = Number.NaN] = await timesOf(scene, kind, 'not_performed');
      const [, claimedAt = Number.NaN] = await timesOf(scene, kind, 'claimed');
      expect(claimedAt - refusedAt).toBeGreaterThanOrEqual(1_000);
    }
    await expectHealed({ task }, scene, REMOTE_KINDS.length);
  });

  test('fault 13: that declines is not asked again, until a person replays the intent', async ({ task }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders);
    await setFaults({ decline: 1 });
    const answers = await answered(stage, scene);
    expect(await landedOn(scene)).toEqual(['decline', 'decline', 'decline']);
    await setFaults({});
    await expectSameAnswerAgain(scene, answers);
    const failed = ['failed', 1, 0] as const;
    const refused: Ends = {
      atMostOnce: failed,
      reconcilable: failed,
      idempotent: failed,
      transactional: BOOKED,
    };
    expect(await endsOf(scene)).toEqual(refused);
    const queue = stage.openQueue();
    for (const kind of REMOTE_KINDS) {
      const { id } = scene.handles[kind];
      expect(answers[KINDS.indexOf(kind)]?.error?.code).toBe('DECLINED');
      const reason = async () => (await queue.getJob(id))?.failedReason;
      await eventually(async () =>
        expect(await reason()).toMatch(/^DECLINED: .*surely had no effect.*replay/),
      );
      await scene.client.replay(id, { by: 'ada', reason: 'the account was unlocked' });
    }
    const done = ['succeeded', 2, 1] as const;
    const replayed: Ends = { atMostOnce: done, reconcilable: done, idempotent: done, transactional: BOOKED };
    await eventually(async () => expect(await endsOf(scene)).toEqual(replayed));
    await expectHealed({ task }, scene, REMOTE_KINDS.length);
  });

  test('fault 11: that is slower than the deadline may still make the effect, once', async ({ task }) => {
    await using stage = await openStage(backend);
    const scene = await openScene(stage, recorders, { deadlineMs: 400, quietMs: 1_000 });
    await setFaults({ slowMs: 1_000 });
    const answers = await answered(stage, scene);
    expect(answers[KINDS.indexOf('atMostOnce')]?.error?.code).toBe('DEADLINE_EXCEEDED');
    const ends = {
      atMostOnce: ['in_doubt', 1, 1],
      reconcilable: ['succeeded', 1, 1],
      idempotent: ['succeeded', TAKEN_OVER, 1],
      transactional: BOOKED,
    } satisfies Ends;
    await eventually(async () => expect(await endsOf(scene)).toEqual(ends));
    await expectSameAnswerAgain(scene, answers);
    await expectHealed({ task }, scene, REMOTE_KINDS.length);
  });

  const input = z.object({ caseId: z.string(), url: z.string() });
  type Input = z.infer<typeof input>;
  const common = { input, key: ['caseId'], free: ['url'] } as const;

  test('fault 11: settles the doubt itself where the effect goes on past its deadline and ends', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    await setFaults({ slowMs: 3_500 });
    const deaf = defineAction({
      ...common,
      name: 'message.deaf',
      deadlineMs: 1_000,
      effect: atMostOnce({
        perform: async ({ caseId, url }: Input, ctx) => {
          ctx.aboutToSend();
          return record(fetch, url, { action: ctx.action, key: caseId }); // a client that knows no signal
        },
      }),
    });
    const client = await stage.connect(deaf);
    await stage.startWorker([deaf]);
    const caseId = stage.settings.schema;
    const handle = await client.submit(deaf, { caseId, url: recorders.plain.url });
    expect(await handle.answer()).toMatchObject({ status: 'in_doubt', attempt: 1 });
    await expect.poll(handle.status, { timeout: 10_000 }).toBe('succeeded');
    expect(await handle.answer()).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      externalId: expect.stringMatching(/^E-/),
    });
    const done = await effectsOf(recorders.plain, deaf.name, caseId);
    expect(done).toBe(1);
    reportFault({ task }, { times: 1, wanted: 1, done });
  });

  test('fault 12: that is not there is tried until it is, or until the retries are used up', async ({
    task,
  }) => {
    await using stage = await openStage(backend);
    const perform = ({ caseId, url }: Input, ctx: EffectContext) =>
      record(ctx.fetch, url, { action: ctx.action, key: caseId });
    const patient = defineAction({
      ...common,
      name: 'message.patient',
      retry: { backoffMs: 50, maxBackoffMs: 100, attempts: 1_000 },
      effect: atMostOnce({ perform }),
    });
    const hasty = defineAction({
      ...common,
      name: 'message.hasty',
      retry: { backoffMs: 20, attempts: 3 },
      effect: atMostOnce({ perform }),
    });
    const client = await stage.connect(patient, hasty);
    await stage.startWorker([patient, hasty]);
    const port = await findFreePort();
    const waiting = await client.submit(patient, { caseId: 'early', url: `http://127.0.0.1:${port}` });
    const lost = await client.submit(hasty, { caseId: 'lost', url: 'http://no-such-host.invalid' });
    const exhausted = await lost.answer();
    expect(exhausted).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'EXHAUSTED' } });
    const tries = async () => (await client.find(waiting.id))?.record.token;
    await expect.poll(tries).toBeGreaterThan(3);

    const logFile = `${recorders.plain.logFile}.${stage.settings.schema}`;
    await using late = await startRemote('effect-recorder', { port, logFile });
    expect(await waiting.answer()).toMatchObject({ status: 'succeeded', result: 'E-1', replayed: false });
    const done = await effectsOf(late, patient.name, 'early');
    expect(done).toBe(1);
    reportFault({ task }, { times: (await tries()) ?? 0, wanted: 1, done });
  });
});

/** Records one effect with any `fetch`. */
async function record(
  send: (url: string, init: RequestInit) => Promise<Response>,
  url: string,
  effect: { action: string; key: string },
): Promise<Performed<string>> {
  const response = await send(`${url}/effects`, { method: 'POST', body: JSON.stringify(effect) });
  const { effectId } = (await response.json()) as RecordedEffect;
  return { result: effectId, externalId: effectId };
}
