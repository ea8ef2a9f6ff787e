/** Entry of a producer process: submits one intent many times at once when it is told to, and sends the answers. */
import { connect } from '@latchkey/worker';
import { actionsByKind } from './actions.ts';
import type { ProducerConfig, ProducerMessage } from './producer-process.ts';

const { settings, remotes, caseId, times } = JSON.parse(process.env.PRODUCER_CONFIG ?? '') as ProducerConfig;
const actions = actionsByKind(remotes);
const client = await connect({ ...settings, actions: Object.values(actions) });

process.once('message', async () => {
  const answers = await Promise.all(
    Array.from({ length: times }, async () => {
      const handle = await client.submit(actions.atMostOnce, { caseId });
      return handle.answer({ timeoutMs: 20_000 });
    }),
  );
  await client.close();
  process.send?.({ kind: 'answers', answers } satisfies ProducerMessage, () => process.disconnect());
});
process.send?.({ kind: 'ready' } satisfies ProducerMessage);
