import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KINDS } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage } from '../worker/setup/stage.ts';
import { expectHealed } from './heal.ts';
import { ANY_ATTEMPT, answersOf, type Ends, endsOf, openScene } from './scene.ts';
import { TcpProxy } from './tcp-proxy.ts';

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

describe.each(BACKENDS)('a database whose acknowledgements get lost (jobs in %s)', (backend) => {
  /** The server has committed and its answer is cut off, or nobody knows whether it got to it. */
  test.for(['answer', 'bytes'] as const)(
    'fault 17: of a submission, a claim, a record and a COMMIT (%s) is asked what it has, and each holds once',
    async (on, { task }) => {
      const direct = inject('postgresUrl');
      await using proxy = await TcpProxy.before(direct);
      await using stage = await openStage(backend, { databaseUrl: proxy.url(direct) });
      const name = `cut-${stage.settings.schema}`;
      proxy.cut({ after: 'message.send', on }); // the first that says it is the submission
      const scene = await openScene(stage, recorders);
      expect(proxy.broken).toBe(1);
      // the claimant, the result of an effect at a remote (in an array of texts), the end of a transactional one
      for (const after of [`${name}/`, 'effectId\\":\\"E-', 'commit\0']) proxy.cut({ after, on });
      await stage.startWorker(Object.values(scene.actions), { name });
      const answers = await answersOf(scene);
      expect(proxy.broken).toBe(4);
      expect(answers.map(({ status }) => status)).toEqual(KINDS.map(() => 'succeeded'));
      expect(await endsOf(scene)).toEqual({
        atMostOnce: ['succeeded', 1, 1],
        reconcilable: ['succeeded', 1, 1],
        idempotent: ['succeeded', ANY_ATTEMPT, 1],
        transactional: ['succeeded', on === 'answer' ? 1 : ANY_ATTEMPT, 1], // rolled back, it is performed again
      } satisfies Ends);
      await expectHealed({ task }, scene, proxy.broken);
    },
  );
});
