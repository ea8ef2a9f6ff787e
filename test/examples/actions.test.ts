import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { remoteId } from '../../packages/examples/src/actions/remote-id.ts';
import { revisionHash } from '../../packages/examples/src/remotes/site.ts';
import { type ExampleStage, fresh, openExampleStage } from './example-stage.ts';

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
let example: ExampleStage;

beforeAll(async () => {
  example = await openExampleStage();
});
afterEach(() =>
  Promise.all([example.desk, example.mailbox, example.site].map((remote) => remote.setFaults({}))),
);
afterAll(() => example[Symbol.asyncDispose]());

describe('tickets', () => {
  const ticket = () => ({ caseId: fresh('CASE'), subject: 'Refund', body: 'Charged twice.' });

  it('opens one ticket a case and keeps status, ticket id and time', async () => {
    const { client, actions, effectsOf } = example;
    const input = ticket();
    const first = await (await client.submit(actions.createTicket, input)).answer();
    expect(first).toMatchObject({
      status: 'succeeded',
      replayed: false,
      result: { ticketId: expect.stringMatching(/^T-\d+$/), status: 'open', createdAt: iso },
      externalId: first.result?.ticketId,
    });
    const reworded = { ...input, subject: 'A refund', body: 'Please.' };
    const again = await (await client.submit(actions.createTicket, reworded)).answer();
    expect(again).toMatchObject({ result: first.result, replayed: true, drift: ['subject', 'body'] });
    expect(await effectsOf('ticket.create', input)).toHaveLength(1);
  });

  it('sends the same request again under the same key when the answer is lost', async () => {
    const { client, actions, desk, effectsOf } = example;
    await desk.setFaults({ dropAfterCommit: 1, limit: 2 });
    const input = ticket();
    const answer = await (await client.submit(actions.createTicket, input)).answer();
    expect(answer).toMatchObject({ status: 'succeeded', attempt: 3 });
    expect(await effectsOf('ticket.create', input)).toHaveLength(1);
  });

  it('keeps two tenants of one case apart', async () => {
    const { client, actions, effectsOf } = example;
    const input = ticket();
    const handles = await Promise.all(
      ['acme', 'globex'].map((scope) => client.submit(actions.createTicket, input, { scope })),
    );
    const answers = await Promise.all(handles.map((handle) => handle.answer()));
    expect(new Set(answers.map(({ result }) => result?.ticketId)).size).toBe(2);
    expect(await effectsOf('ticket.create', input, 'acme')).toHaveLength(1);
    expect(await effectsOf('ticket.create', input, 'globex')).toHaveLength(1);
  });

  it('ends failed when the desk declines, and says so to every later submission', async () => {
    const { client, actions, desk, effectsOf } = example;
    await desk.setFaults({ decline: 1 });
    const input = ticket();
    const answer = await (await client.submit(actions.createTicket, input)).answer();
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'DECLINED' } });
    await desk.setFaults({});
    const again = await (await client.submit(actions.createTicket, input)).answer();
    expect(again).toMatchObject({ status: 'failed', replayed: true, error: answer.error });
    expect(await effectsOf('ticket.create', input)).toHaveLength(0);
  });
});

describe('messages', () => {
  const message = () => ({
    messageId: fresh('MSG'),
    recipient: 'Ada@example.test',
    version: 1,
    subject: 'Your refund – é',
    body: 'It is on its way.',
  });

  it('sends once and keeps the response, the send time and the final state', async () => {
    const { client, actions, effectsOf } = example;
    const input = message();
    const first = await (await client.submit(actions.sendMessage, input)).answer();
    expect(first).toMatchObject({
      status: 'succeeded',
      result: { response: expect.stringMatching(/^250 .*queued as Q\d+$/), sentAt: iso, state: 'accepted' },
      externalId: expect.stringMatching(/^Q\d+$/),
    });
    const again = await (await client.submit(actions.sendMessage, { ...input, body: 'Soon.' })).answer();
    expect(again).toMatchObject({ result: first.result, replayed: true, drift: ['body'] });
    const sent = { ...input, recipient: 'ada@example.test' };
    expect(await effectsOf('message.send', sent)).toHaveLength(1);
  });

  it('names a long message id of a tenant to the mail server unbroken', async () => {
    const { client, actions, effectsOf } = example;
    const input = { ...message(), messageId: `é ${fresh('x'.repeat(40))}`, recipient: 'ada@example.test' };
    await (await client.submit(actions.sendMessage, input, { scope: 'a tenant' })).answer();
    const [effect] = await effectsOf('message.send', input, 'a tenant');
    expect(effect?.detail.messageId).toBe(remoteId('a tenant', input.messageId));
  });

  it.each([
    { fault: 'dropAfterCommit', lost: 'the connection' },
    { fault: 'errorAfterCommit', lost: 'the success (451 after the message)' },
  ])('is in doubt, and not sent again, when $lost was lost', async ({ fault }) => {
    const { client, actions, mailbox, effectsOf } = example;
    await mailbox.setFaults({ [fault]: 1 });
    const input = { ...message(), recipient: 'ada@example.test' };
    const answer = await (await client.submit(actions.sendMessage, input)).answer();
    expect(answer).toMatchObject({ status: 'in_doubt', completedAt: null });
    await mailbox.setFaults({});
    const again = await (await client.submit(actions.sendMessage, input)).answer();
    expect(again).toMatchObject({ status: 'in_doubt', replayed: true });
    expect(await effectsOf('message.send', input)).toHaveLength(1);
  });

  it('tries again after a refusal at MAIL FROM (421), for nothing was taken', async () => {
    const { client, actions, mailbox, effectsOf } = example;
    await mailbox.setFaults({ refuse: 1, limit: 1 });
    const input = { ...message(), recipient: 'ada@example.test' };
    const answer = await (await client.submit(actions.sendMessage, input)).answer();
    expect(answer).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await effectsOf('message.send', input)).toHaveLength(1);
  });

  it('ends failed when the recipient is declined (550)', async () => {
    const { client, actions, mailbox, effectsOf } = example;
    await mailbox.setFaults({ decline: 1 });
    const input = { ...message(), recipient: 'ada@example.test' };
    const answer = await (await client.submit(actions.sendMessage, input)).answer();
    expect(answer).toMatchObject({
      status: 'failed',
      error: { code: 'DECLINED', message: expect.stringContaining('550') },
    });
    expect(await effectsOf('message.send', input)).toHaveLength(0);
  });
});

describe('publishes', () => {
  const page = () => ({
    contentId: fresh('GUIDE'),
    destination: 'help center',
    revision: 7,
    title: 'Refunds',
    html: '<p>How refunds work.</p>',
    note: 'New wording.',
  });

  it('publishes a revision once and keeps URL, revision hash and time', async () => {
    const { client, actions, effectsOf } = example;
    const input = page();
    const first = await (await client.submit(actions.publishPage, input)).answer();
    expect(first).toMatchObject({
      status: 'succeeded',
      result: {
        url: expect.stringMatching(/^http:/),
        revisionHash: revisionHash(input),
        publishedAt: iso,
      },
      externalUrl: first.result?.url,
    });
    expect(await (await fetch(first.externalUrl ?? '')).text()).toBe(input.html);
    const again = await (await client.submit(actions.publishPage, { ...input, note: 'Other.' })).answer();
    expect(again).toMatchObject({ result: first.result, replayed: true, drift: ['note'] });
    expect(await effectsOf('page.publish', input)).toHaveLength(1);
  });

  it('asks the site when the answer is lost, and finds what was published', async () => {
    const { client, actions, site, effectsOf } = example;
    await site.setFaults({ dropAfterCommit: 1 });
    const input = page();
    const answer = await (await client.submit(actions.publishPage, input)).answer();
    expect(answer).toMatchObject({ status: 'succeeded', result: { revisionHash: revisionHash(input) } });
    const found = await client.find(answer.intentId);
    expect(found?.story.map(({ event }) => event)).toContain('settled_succeeded');
    expect(await effectsOf('page.publish', input)).toHaveLength(1);
  });

  it('refuses other words under the same revision', async () => {
    const { client, actions } = example;
    const input = page();
    await client.submit(actions.publishPage, input);
    await expect(client.submit(actions.publishPage, { ...input, html: '<p>No.</p>' })).rejects.toMatchObject({
      code: 'INTENT_CONFLICT',
      fields: ['html'],
    });
  });
});

describe('record updates', () => {
  const update = (recordId: string, version: number) => ({
    recordId,
    version,
    values: { status: `v${version}`, priority: version },
    reason: 'The customer said so.',
  });

  it('applies an update once and keeps old and new value, commit and trace id', async () => {
    const { client, actions, effectsOf } = example;
    const recordId = fresh('REC');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const created = await client.submit(actions.updateRecord, update(recordId, 1), { traceparent });
    const result = { new: update(recordId, 1).values, commit: 'committed' };
    expect(await created.answer()).toMatchObject({
      status: 'succeeded',
      result: { ...result, old: null, traceId: '0af7651916cd43dd8448eb211c80319c' },
    });
    const changed = await (await client.submit(actions.updateRecord, update(recordId, 2))).answer();
    expect(changed.result).toMatchObject({
      old: update(recordId, 1).values,
      new: update(recordId, 2).values,
    });
    const reworded = { ...update(recordId, 2), reason: 'Asked by phone.' };
    const again = await (await client.submit(actions.updateRecord, reworded)).answer();
    expect(again).toMatchObject({ result: changed.result, replayed: true, drift: ['reason'] });
    expect(await effectsOf('record.update', update(recordId, 2))).toHaveLength(1);
  });

  it('applies nothing backwards: an older version ends failed, as stale', async () => {
    const { client, actions, effectsOf, stage } = example;
    const recordId = fresh('REC');
    await (await client.submit(actions.updateRecord, update(recordId, 3))).answer();
    const late = await (await client.submit(actions.updateRecord, update(recordId, 2))).answer();
    expect(late).toMatchObject({
      status: 'failed',
      error: { code: 'DECLINED', message: `stale: ${recordId} is at version 3, so version 2 is not applied` },
    });
    expect(await effectsOf('record.update', update(recordId, 2))).toHaveLength(0);
    const rows = await stage.query<{ version: number; field_values: object }>(
      'select version, field_values from example_record where id = $1',
      [recordId],
    );
    expect(rows).toEqual([{ version: 3, field_values: update(recordId, 3).values }]);
  });

  it('applies the newest of many versions that arrive at once, and none twice', async () => {
    const { client, actions, effectsOf } = example;
    const recordId = fresh('REC');
    const versions = [4, 1, 5, 2, 3, 5, 4];
    const handles = await client.submitMany(
      versions.map((version) => ({ action: actions.updateRecord, input: update(recordId, version) })),
    );
    const answers = await Promise.all(handles.map((handle) => handle.answer()));
    expect(answers[2]).toMatchObject({ status: 'succeeded' });
    const applied = await Promise.all(
      [1, 2, 3, 4, 5].map(async (v) => (await effectsOf('record.update', update(recordId, v))).length),
    );
    expect(Math.max(...applied)).toBe(1);
    expect(applied[4]).toBe(1);
    expect(answers.filter(({ status }) => status === 'succeeded').length).toBe(
      versions.filter((version) => applied[version - 1] === 1).length,
    );
  });
});

it('admits plain jobs, as any BullMQ producer adds them', async () => {
  const { stage, effectsOf } = example;
  const queue = stage.openQueue();
  const kept = { attempts: 3, removeOnComplete: false };
  const input = { caseId: fresh('CASE'), subject: 'Refund', body: 'Twice.' };
  const first = await queue.ended(await queue.add('ticket.create', input, kept));
  const again = await queue.ended(await queue.add('ticket.create', { ...input, body: 'Again.' }, kept));
  expect(first).toMatchObject({ status: 'succeeded', replayed: false });
  expect(again).toMatchObject({ status: 'succeeded', replayed: true, drift: ['body'] });
  expect(await effectsOf('ticket.create', input)).toHaveLength(1);
});
