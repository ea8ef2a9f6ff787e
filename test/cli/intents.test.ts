import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.ts';
import { openStage, type Stage } from '../worker/setup/stage.ts';
import { keyed, once } from './modules/actions.ts';
import { type Ended, runCli, startCli } from './setup/cli-process.ts';
import { startHeldRemote } from './setup/held-remote.ts';
import { variablesOf } from './setup/variables.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('postgres');
});
afterAll(() => stage.close());
const latchkey = (...args: string[]): Promise<Ended> => runCli(args, variablesOf(stage.settings));
const submit = (...args: string[]) => latchkey('submit', ...args, '--actions', './actions.ts');
const caseOf = (caseId: string) => JSON.stringify({ caseId });

describe('latchkey intents', () => {
  test('finds by key, by id and by filters, as a table and as JSON', { timeout: 240_000 }, async () => {
    const client = await stage.connect(keyed, once);
    const [first, second] = [randomUUID(), randomUUID()];
    const one = await client.submit(keyed, { caseId: first });
    const two = await client.submit(once, { caseId: second }, { scope: 'acme' });
    const table = await latchkey('intents', `cli.keyed:caseId=${first}`);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^SUBMITTED \(UTC\) +STATE +INTENT +KEY/);
    expect(table.stdout.split('\n')).toHaveLength(2);
    expect(table.stdout).toMatch(new RegExp(`pending +${one.id} +cli.keyed:caseId=${first}`));
    const idsOf = async (...args: string[]) => {
      const { stdout } = await latchkey('intents', ...args, '--json');
      const { intents, next } = JSON.parse(stdout);
      return { ids: intents.map(({ id }: { id: string }) => id), next };
    };
    expect((await idsOf(`cli.once:caseId=${second}`, '--scope', 'acme')).ids).toEqual([two.id]);
    expect((await idsOf('--action', 'cli.keyed', '--state', 'pending,claimed', '--from', '1h')).ids).toEqual([
      one.id,
    ]);
    const page = await idsOf('--limit', '1');
    expect(page.ids).toEqual([two.id]);
    expect((await idsOf('--limit', '1', '--after', page.next)).ids).toEqual([one.id]);
    expect((await latchkey('intents', '--to', '2001-01-01')).stdout).toBe('no intent here');
    const counted = await latchkey('intents', '--counts', '--action', 'cli.keyed', '--json');
    expect(JSON.parse(counted.stdout)).toEqual([
      { action: 'cli.keyed', state: 'pending', count: 1, exact: true },
    ]);
    expect((await latchkey('intents', '--counts')).stdout).toMatch(/^pending +1 +cli\.once$/m);
  });

  test.each([
    [['--state', 'done'], 'No state is named "done"; there are awaiting_approval'],
    [['--from', 'yesterday'], 'A time is like 2026-03-01'],
    [['--limit', '0'], 'A whole number from 1 to 500'],
    [['--after', 'there'], "latchkey: --after: isn't the `next` of a page"],
    [['--entity', 'R-7'], 'latchkey: --entity: fields and values like recordId=R-7'],
    [['--stat', 'failed'], 'Did you mean --state?'],
    [['--counts', '--scope', 'acme'], '--counts goes with --action alone'],
  ])('says what is wrong with %j', async (args, reason) => {
    expect(await latchkey('intents', ...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(reason),
    });
  });

  test('says that the database is down', async () => {
    const env = variablesOf(stage.settings, { DATABASE_URL: 'postgres://app:secret@127.0.0.1:1/app' });
    const { code, stderr } = await runCli(['intents'], env);
    expect(code).toBe(3);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('secret');
  });
});

describe('latchkey submit', () => {
  test('takes the input as text, from a file and from standard input, and finds what is there', {
    timeout: 240_000,
  }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-submit-'));
    try {
      const [caseId, other] = [randomUUID(), randomUUID()];
      const file = path.join(folder, 'input.json');
      await writeFile(file, caseOf(caseId));
      const first = await submit('cli.keyed', '--input', caseOf(caseId));
      expect(first.code).toBe(0);
      expect(first.stdout).toMatch(
        new RegExp(`^submitted: cli\\.keyed:caseId=${caseId}\n {2}intent {2}[0-9a-f-]{36}$`),
      );
      const again = JSON.parse((await submit('cli.keyed', '--input', `@${file}`, '--json')).stdout);
      expect(again).toMatchObject({ key: `cli.keyed:caseId=${caseId}`, created: false, drift: [] });
      const args = [
        'submit',
        'cli.keyed',
        '--actions',
        './actions.ts',
        '--input',
        '-',
        '--scope',
        'acme',
        '--json',
      ];
      await using piped = startCli(args, variablesOf(stage.settings), caseOf(other));
      const { code, stdout } = await piped.ended;
      expect([code, JSON.parse(stdout).created]).toEqual([0, true]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('waits for the answer, and says by its exit code how it ended', { timeout: 240_000 }, async () => {
    await using remote = await startHeldRemote();
    const env = variablesOf(stage.settings, { REMOTE_URL: remote.url });
    const caseId = randomUUID();
    const args = ['submit', 'cli.keyed', '--actions', './actions.ts', '--input', caseOf(caseId), '--json'];
    const late = await runCli([...args, '--wait', '1'], env);
    expect([late.code, JSON.parse(late.stdout).answer]).toEqual([4, null]);
    await using worker = startCli(['worker', '--actions', './actions.ts'], env);
    await worker.logged('worker started');
    await using waiting = startCli([...args, '--wait', '60'], env);
    await remote.got(`/keyed/${caseId}`);
    remote.release();
    const { code, stdout } = await waiting.ended;
    expect([code, JSON.parse(stdout).answer.status]).toEqual([0, 'succeeded']);
  });

  test.each([
    [['cli.keyd', '--input', '{}'], 'unknown action cli.keyd; did you mean cli.keyed?'],
    [
      ['cli.keyed', '--input', '{"caseId": CASE-1}'],
      /--input: isn't JSON: line 1, column 12, at "CASE-1": invalid symbol/,
    ],
    [['cli.keyed', '--input', '@nowhere.json'], "--input: can't read the file"],
    [['cli.keyed', '--input', '{"caseId":7}'], 'caseId'],
    [['cli.keyed'], "required option '--input <json>'"],
  ])('says what is wrong with %j', async (args, reason) => {
    const { code, stdout, stderr } = await submit(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
  });
});

describe('latchkey tail', () => {
  test('tells new intents and changes of state, those of older intents too, until it is ended', async () => {
    const client = await stage.connect(keyed, once);
    const older = await client.submit(keyed, { caseId: randomUUID() });
    const scope = randomUUID();
    await client.submit(once, { caseId: randomUUID() }, { scope });
    await using tail = startCli(
      ['tail', '--action', 'cli.keyed', '--json', '--interval', '50'],
      variablesOf(stage.settings),
    );
    await tail.complained('following');
    await client.cancel(older.id, { by: 'ada', reason: 'never mind' });
    expect(await tail.printed((line) => line.includes(older.id))).toMatchObject({
      from: 'pending',
      intent: { id: older.id, state: 'cancelled', action: 'cli.keyed' },
    });
    await client.submit(once, { caseId: randomUUID() });
    const newer = await client.submit(keyed, { caseId: randomUUID() });
    expect(await tail.printed((line) => line.includes(newer.id))).toMatchObject({ from: null });
    tail.signal('SIGINT');
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('cli.once');
    expect(stdout.split('\n').filter((line) => line.includes(older.id))).toHaveLength(1);
  });

  test('says that the database is away, waits, goes on; the first Ctrl-C ends it in an outage, too', async () => {
    await using proxy = await TcpProxy.before(stage.settings.databaseUrl);
    const url = proxy.url(stage.settings.databaseUrl);
    await using tail = startCli(
      ['tail', '--interval', '50', '--json'],
      variablesOf(stage.settings, { DATABASE_URL: url }),
    );
    await tail.complained('following');
    await proxy.refuse();
    await tail.complained(' is away: no answer for 3 s; waits until it is back\n');
    await proxy.heal();
    await tail.complained('PostgreSQL is back\n');
    const client = await stage.connect(keyed);
    const { id } = await client.submit(keyed, { caseId: randomUUID() });
    expect(await tail.printed((line) => line.includes(id))).toMatchObject({ from: null });

    await proxy.refuse();
    await sleep(1_000); // shorter than the silence that is told
    const since = performance.now();
    tail.signal('SIGINT');
    const { code, signal, stderr } = await tail.ended;
    expect([code, signal]).toEqual([0, null]);
    expect(performance.now() - since).toBeLessThan(3_000);
    expect(stderr.match(/is away/g)).toHaveLength(1);
    expect(stderr).not.toContain(new URL(url).password);
  });
});

describe('a decision with --dry-run', () => {
  test('says what would happen, changes nothing, and ends as the decision would', {
    timeout: 240_000,
  }, async () => {
    const client = await stage.connect(keyed);
    const { id } = await client.submit(keyed, { caseId: randomUUID() });
    const by = ['--by', 'ada', '--reason', 'never mind', '--dry-run'];
    const would = await latchkey('cancel', id, ...by);
    expect(would).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('it would be done') });
    const refused = await latchkey('replay', id, ...by, '--json');
    expect([refused.code, JSON.parse(refused.stdout).preview.leadsTo]).toEqual([1, 'refused']);
    expect(JSON.parse(refused.stdout).record.input).toBe('{"caseId":"[redacted]"}');
    expect((await client.find(id))?.record.state).toBe('pending');
    const done = await latchkey('cancel', id, ...by.slice(0, -1), '--json');
    expect(JSON.parse(done.stdout).record).toMatchObject({ id, state: 'cancelled' });
  });

  test('says what the remote allows, and shows values, where it knows the action', {
    timeout: 240_000,
  }, async () => {
    const client = await stage.connect(keyed);
    const caseId = randomUUID();
    const { id } = await client.submit(keyed, { caseId });
    await stage.query(
      `update $schema.intent set state = 'in_doubt', token = 1, kind = 'idempotent', sent_at = now(),
         error = '{"code":"LEASE_EXPIRED","message":"it fell silent"}' where id = $1`,
      [id],
    );
    const asked = [
      'resolve',
      id,
      '--as',
      'not-performed',
      '--by',
      'ada',
      '--reason',
      'looked',
      '--dry-run',
      '--json',
    ];
    const read = async (...more: string[]) => JSON.parse((await latchkey(...asked, ...more)).stdout);
    const bare = await read();
    expect(bare.preview.warning).toContain('isn’t known to be gone');
    expect(bare.preview.warning).not.toContain('within its window');
    expect(bare.record.input).not.toContain(caseId);
    const knowing = await read('--actions', './actions.ts');
    expect(knowing.preview.warning).toContain(
      'the remote drops a second request of this key, within its window',
    );
    expect(knowing.record.input).toContain(caseId);
  });
});
