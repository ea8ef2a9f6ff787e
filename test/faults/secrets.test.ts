import { inspect } from 'node:util';
import { atMostOnce, Declined, defineAction, type Log } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { postEffect } from '../worker/setup/actions.ts';
import { type Recorders, startRecorders } from '../worker/setup/oracle.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { eventually } from './eventually.ts';
import { expectHealed } from './heal.ts';

/** In every input, result and error of this test; what begins with it may be seen nowhere. */
const SECRET = 'sk-live-51';

let recorders: Recorders;

beforeAll(async () => {
  recorders = await startRecorders();
});
afterAll(() => recorders[Symbol.asyncDispose]());

/** A log that keeps all that any logger could print of what it is given, errors with every property. */
function openLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message?: string) => {
    lines.push(`${message} ${inspect(fields, { depth: 12, maxStringLength: null, showHidden: true })}`);
  };
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

const input = z.object({
  caseId: z.string(),
  note: z.string().refine((note) => !note.endsWith('!'), {
    error: ({ input: given }) => `${String(given)} is no token`, // a schema that quotes what it refuses
  }),
  body: z.string(),
});

/** What happens to a case is said by its name; `held` is kept waiting until it is let go. */
function tokenSend(held: Promise<void>) {
  return defineAction({
    name: 'token.send',
    input,
    key: ['caseId'],
    free: ['body'],
    leaseMs: 60_000,
    effect: atMostOnce({
      perform: async ({ caseId, note, body }: z.infer<typeof input>, ctx) => {
        if (caseId.endsWith('declined')) throw new Declined(`${note} is not known here`);
        if (caseId.endsWith('held')) {
          await held;
          throw new Error(`${note} was not accepted`);
        }
        const done = await postEffect(recorders.plain.url, { caseId, note, body }, ctx);
        if (caseId.endsWith('unknown')) throw new Error(`no answer for ${note}`);
        return { ...done, result: { ...done.result, token: note } };
      },
    }),
  });
}

/** Has the ledger refuse one result, with an error that quotes the whole row. */
async function refuseResults(stage: Stage): Promise<void> {
  await stage.query(
    `alter table $schema.intent add constraint picky check (key not like '%refused' or result not like '%token%')`,
  );
}

describe.each(BACKENDS)('secrets (jobs in %s)', (backend) => {
  test('fault 48: in inputs, results and errors are in no line of the log', async ({ task }) => {
    await using stage = await openStage(backend);
    const log = openLog();
    const hold = Promise.withResolvers<void>();
    const send = tokenSend(hold.promise);
    await refuseResults(stage);
    const client = await stage.connect(send);
    await stage.startWorker([send], { log });
    const queue = stage.openQueue();
    const given = (what: string) => ({
      caseId: `${stage.settings.schema}-${what}`,
      note: `${SECRET}-note-${what}`,
      body: `${SECRET}-body`,
    });
    const answers = [];
    for (const what of ['sent', 'declined', 'unknown', 'refused']) {
      const handle = await client.submit(send, given(what));
      answers.push(await handle.answer({ timeoutMs: 120_000 }));
    }
    expect(answers.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'in_doubt', 'succeeded']);

    const kept = { removeOnFail: false };
    const malformed = await queue.add(send.name, { ...given('malformed'), note: `${SECRET}!` }, kept);
    const conflict = await queue.add(send.name, { ...given('sent'), note: `${SECRET}-other` }, kept);
    for (const job of [malformed, conflict]) await expect(queue.ended(job)).rejects.toThrow();

    // an outcome that comes too late: settled by a person meanwhile
    const held = await client.submit(send, given('held'));
    await eventually(async () => expect(await held.status()).toBe('claimed'));
    await stage.query("update $schema.intent set lease_until = now() - interval '1 s' where id = $1", [
      held.id,
    ]);
    await eventually(async () => expect(await held.status()).toBe('in_doubt'));
    await client.resolve(held.id, { as: 'failed', by: 'ada', reason: 'it is nowhere' });
    hold.resolve();
    await eventually(async () => expect(said(log, 'a stale outcome changed nothing')).toBe(1));

    const incidents = ['job refused', 'the result can not be kept', 'a stale outcome changed nothing'];
    expect(incidents.map((message) => said(log, message) > 0)).toEqual([true, true, true]);
    expect(log.lines.filter((line) => line.includes(SECRET))).toEqual([]);
    const secrets = answers.length + 3; // the two jobs, and the one that was held
    await expectHealed({ task }, { stage, recorders }, secrets);
  });
});

function said({ lines }: { readonly lines: readonly string[] }, message: string): number {
  return lines.filter((line) => line.startsWith(message)).length;
}
