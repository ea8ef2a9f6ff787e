import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layWire } from '../cli/setup/cut-wire.ts';
import { eventually } from '../faults/eventually.ts';
import { reportFault } from '../faults/report.ts';
import { BACKENDS, openStage, type Stage } from '../worker/setup/stage.ts';
import { pay, publish, refund, send } from './setup/held-actions.ts';
import { type ConsoleUnderTest, hiddenFields, runConsole } from './setup/running-console.ts';

const actions = [publish, send, refund];

describe.each(BACKENDS)('the pages of the console (jobs in %s)', (backend) => {
  let stage: Stage;
  let under: ConsoleUnderTest;
  beforeAll(async () => {
    stage = await openStage(backend);
    under = await runConsole(stage, actions);
    await stage.startWorker(actions);
  });
  afterAll(() => stage.close());
  const submit = async (action: typeof send, end: string, text = '') => {
    const client = await stage.connect(...actions);
    const handle = await client.submit(action, { caseId: randomUUID(), text });
    await eventually(async () => expect(await handle.status()).toBe(end));
    return handle;
  };
  const decide = async (id: string, deed: string, fields: Record<string, string>) => {
    const hidden = hiddenFields(await under.page(`/intents/${id}/${deed}`));
    return under.ask(`/intents/${id}/${deed}`, {
      as: under.logins.operator,
      form: { ...hidden, reason: 'checked', ...fields },
    });
  };

  test('list what waits for people first, and find an intent by what is known of it', async () => {
    const [doubt, waiting] = [await submit(send, 'in_doubt'), await submit(publish, 'awaiting_approval')];
    const list = await under.page('/intents');
    const [first = 0, second = 0, newest = 0] = ['>In doubt<', '>Awaiting approval<', '>Newest<'].map((at) =>
      list.indexOf(at),
    );
    expect(first).toBeGreaterThan(0);
    expect([first, second, newest].toSorted((a, b) => a - b)).toEqual([first, second, newest]);
    expect(list).toMatch(/count-in_doubt"[^>]*><b>1<\/b> in doubt/);

    for (const query of [
      `text=${waiting.id}`,
      `text=${encodeURIComponent(waiting.key)}`,
      'state=awaiting_approval',
      'action=post.publish',
    ]) {
      const found = await under.page(`/intents?${query}`);
      expect(found).toContain(`/intents/${waiting.id}"`);
      expect(found).not.toContain(`/intents/${doubt.id}"`);
    }
    expect(await under.page('/intents?state=nonsense')).toContain('No state is named nonsense');
    expect(await under.page('/intents?after=nonsense')).toMatch(/role="alert"/);
  });

  test('lead to older ones page by page', async () => {
    const client = await stage.connect(...actions);
    const scope = randomUUID();
    const items = Array.from({ length: 60 }, () => ({
      action: publish,
      input: { caseId: randomUUID() },
      scope,
    }));
    const handles = await client.submitMany(items);
    const seen: string[] = [];
    for (let next: string | undefined = `/intents?scope=${scope}`; next !== undefined; ) {
      const page: string = await under.page(next);
      seen.push(...[...page.matchAll(/id="i-([0-9a-f-]{36})"/g)].map(([, id = '']) => id));
      next = /rel="next" href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen.toSorted()).toEqual(handles.map(({ id }) => id).toSorted());
  });

  test('answer an unchanged list or intent with 304', async () => {
    const { id } = await submit(refund, 'failed');
    const as = under.logins.viewer;
    const first = await under.ask(`/intents/${id}`, { as, headers: { accept: 'text/html' } });
    const etag = first.headers.get('etag') ?? '';
    expect((await under.ask(`/intents/${id}`, { as, headers: { 'if-none-match': etag } })).status).toBe(304);
    await decide(id, 'replay', {});
    await eventually(async () =>
      expect((await under.ask(`/intents/${id}`, { as, headers: { 'if-none-match': etag } })).status).toBe(
        200,
      ),
    );
  });

  test('tell the whole story, with who decided and why', async () => {
    const { id, key } = await submit(send, 'in_doubt');
    expect(
      (await decide(id, 'resolve', { verb: 'resolve-not-performed', reason: 'the outbox is empty' })).status,
    ).toBe(303);
    await eventually(async () => expect(await under.page(`/intents/${id}`)).toMatch(/attempt 2/));
    await eventually(async () => expect(await under.page(`/intents/${id}`)).toContain('badge-in_doubt'));
    const page = await under.page(`/intents/${id}`);
    const titles = [...page.matchAll(/class="what">([^<]+)</g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Submitted',
      'Claimed',
      'In doubt: it may have happened',
      'Doubt settled: it did not happen and may',
      'Claimed',
      'In doubt: it may have happened',
    ]);
    expect(page).toContain('the outbox is empty');
    expect(page).toContain('operator-ada');
    expect(page).toContain(key);
    expect(page).toContain(`/queues/queue/${stage.settings.queueName}/${id}`);
  });

  test('refuse a decision about an attempt that is over', async () => {
    const { id } = await submit(send, 'in_doubt');
    const old = hiddenFields(await under.page(`/intents/${id}/resolve`));
    await decide(id, 'resolve', { verb: 'resolve-not-performed' });
    const client = await stage.connect(...actions);
    await eventually(async () =>
      expect((await client.find(id))?.record).toMatchObject({ state: 'in_doubt', token: 2 }),
    );
    const late = await under.ask(`/intents/${id}/resolve`, {
      as: under.logins.operator,
      form: { ...old, reason: 'seen', verb: 'resolve-succeeded' },
    });
    expect(late.status).toBe(409);
    expect(await late.text()).toContain('you saw attempt 1');
    expect((await client.find(id))?.record.state).toBe('in_doubt');
  });

  test('say what is wrong with a form, and change nothing', async () => {
    const { id } = await submit(send, 'in_doubt');
    const answers = await Promise.all([
      decide(id, 'resolve', { verb: 'resolve-succeeded', result: '{oops' }),
      decide(id, 'resolve', { verb: 'resolve-failed', result: '{}' }),
      decide(id, 'resolve', { verb: 'done' }),
      decide(id, 'replay', { attempt: '1' }),
      decide(id, 'approve', { attempt: '1', fingerprint: 'f'.repeat(64) }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 409, 409]);
    expect(await answers[0]?.text()).toContain('the result must be JSON');
    expect((await under.ask(`/intents/${randomUUID()}`, { as: under.logins.viewer })).status).toBe(404);
    expect((await under.ask('/intents/CASE-1042', { as: under.logins.viewer })).status).toBe(404);
  });

  test('link every job to its intent, also one that a plain producer added', async () => {
    const queue = stage.openQueue();
    const input = { caseId: randomUUID() };
    const job = await queue.add('mail.send', input, { jobId: `plain-${randomUUID()}` });
    await queue.ended(job).catch(() => undefined);
    const { id } = await submit(send, 'in_doubt');
    const { queues } = (await (
      await under.ask(`/queues/api/queues?activeQueue=${stage.settings.queueName}&status=failed&page=1`, {
        as: under.logins.viewer,
      })
    ).json()) as { queues: { jobs: { id: string; externalUrl?: { href: string } }[] }[] };
    const links = new Map(queues[0]?.jobs.map((one) => [one.id, one.externalUrl?.href]));
    expect(links.get(id)).toBe(`/intents/${id}`);
    expect(links.get(job.id ?? '')).toMatch(/^\/intents\/[0-9a-f-]{36}$/);
  });

  test('hide what an action redacts, and every value of an action that the console does not know', async () => {
    const client = await stage.connect(pay);
    const { id } = await client.submit(pay, { caseId: 'CASE-7781', iban: 'DE89370400440532013000' });
    const knowing = await runConsole(stage, [pay]);
    for (const path of [`/intents/${id}`, `/intents/${id}/approve`]) {
      const seen = await knowing.page(path);
      expect(seen).toContain('&quot;CASE-7781&quot;');
      expect(seen).not.toContain('DE8937');
      const unknown = await under.page(path);
      expect(unknown).not.toContain('&quot;CASE-7781&quot;');
      expect(unknown).not.toContain('DE8937');
    }
  });

  test('fault 47: stored HTML in an error is shown as text', async ({ task }) => {
    const { id } = await submit(refund, 'failed', '<img src=x onerror=alert(1)>');
    const page = await under.page(`/intents/${id}`);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toContain('<img');
    reportFault({ task }, { times: 1, wanted: 0, done: 0 });
  });
});

describe('while the database is away', () => {
  test('pages say so with 503, and come back with it', async () => {
    await using own = await openStage('redis');
    await using wire = await layWire(own.settings.databaseUrl);
    const under = await runConsole(own, actions, { databaseUrl: wire.url });
    const client = await own.connect(...actions);
    const { id } = await client.submit(publish, { caseId: randomUUID() });
    const as = under.logins.operator;
    const fields = hiddenFields(await under.page(`/intents/${id}/approve`));
    wire.cut();
    const answers = await Promise.all([
      under.ask('/intents', { as, headers: { accept: 'text/html' } }),
      under.ask(`/intents/${id}`, { as }),
      under.ask(`/intents/${id}/approve`, { as, form: { ...fields, reason: 'seen' } }),
      under.ask('/readyz'),
      under.ask('/healthz'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 200]);
    expect(await answers[0]?.text()).toContain('The ledger can’t be reached');
    expect(await answers[2]?.text()).toContain('may have been recorded all the same');
    wire.mend();
    await eventually(async () => expect((await under.ask(`/intents/${id}`, { as })).status).toBe(200));
    expect((await under.ask('/readyz')).status).toBe(200);
  });
});

describe('while the queue is away', () => {
  test('Bull Board says so with 503, and intents are still there', async () => {
    await using own = await openStage('redis');
    await using wire = await layWire(own.settings.redisUrl);
    const under = await runConsole(own, actions, { redisUrl: wire.url });
    const client = await own.connect(...actions);
    const { id } = await client.submit(publish, { caseId: randomUUID() });
    const as = under.logins.operator;
    wire.cut();
    expect((await under.ask('/queues/api/queues', { as })).status).toBe(503);
    expect((await under.ask(`/intents/${id}`, { as })).status).toBe(200);
    expect(await (await under.ask('/readyz')).json()).toEqual({ ok: false, ledger: true, queue: false });
    wire.mend();
    await eventually(async () => expect((await under.ask('/queues/api/queues', { as })).status).toBe(200));
  });
});
