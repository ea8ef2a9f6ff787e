import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { decisionsFile } from '../../packages/examples/src/data/decisions-file.ts';
import { openDemoFolder, startDemo } from './demo-process.ts';

const limit = 110_000;
const root = path.resolve(import.meta.dirname, '../..');
const ownActions = path.join(root, 'packages/examples/src/demo/own-actions.example.ts');

interface Figures {
  readonly unprotected: Record<'deliveries' | 'intended' | 'effects' | 'duplicates' | 'lost', number>;
  readonly protected: Record<
    'deliveries' | 'intended' | 'effects' | 'duplicates' | 'lost' | 'inDoubt' | 'replayed',
    number
  >;
  readonly seconds: number;
}

function figuresIn(stdout: string): Figures {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Figures;
}

async function shippedLines(count: number): Promise<string[]> {
  return (await readFile(decisionsFile, 'utf8')).split('\n').slice(0, count);
}

describe.concurrent('the demo', () => {
  it('duplicates effects without Latchkey and none with it, and names malformed lines', {
    timeout: limit,
  }, async ({ expect }) => {
    await using folder = await openDemoFolder();
    const lines = await shippedLines(60);
    lines.splice(
      2,
      0,
      'not JSON',
      '{"action":"ticket.creat","input":{}}',
      '{"action":"ticket.create","input":{}}',
    );
    await writeFile(path.join(folder.path, 'some decisions.jsonl'), lines.join('\n'));
    const demo = startDemo(folder, ['--json', '--input', 'some decisions.jsonl']);
    const exit = await demo.exit;
    const said = demo.stderr();
    expect(exit, said).toBe(0);
    const { unprotected, protected: ours, seconds } = figuresIn(demo.stdout());
    expect(demo.stdout().split('\n')).toHaveLength(2);
    expect(unprotected.duplicates).toBeGreaterThan(0);
    expect(unprotected.effects).toBeGreaterThan(unprotected.intended);
    expect(unprotected.deliveries).toBeGreaterThanOrEqual(75);
    expect(ours).toMatchObject({ duplicates: 0, lost: 0 });
    expect(ours.effects).toBeLessThanOrEqual(ours.intended);
    expect(ours.effects).toBeGreaterThanOrEqual(ours.intended - ours.inDoubt);
    expect(ours.replayed).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(120);
    expect(said).toMatch(/decisions\.jsonl:3: not JSON/);
    expect(said).toContain('decisions.jsonl:4: unknown action ticket.creat; did you mean ticket.create?');
    expect(said).toMatch(/decisions\.jsonl:5: INVALID_INPUT: .*caseId/);
    expect(said.match(/was killed \(SIGKILL\) in mid-effect/g)).toHaveLength(2);
    expect(said).toMatch(/│ duplicates +│ +\d+ │ +0 │/);
    expect(await folder.left()).toEqual(['some decisions.jsonl']);
    expect(await folder.running()).toEqual([]);
  });

  it("runs a user's own actions as its page says, and tells drift and contradictions", {
    timeout: limit,
  }, async ({ expect }) => {
    await using folder = await openDemoFolder();
    const page = await readFile(path.join(root, 'docs/demo.md'), 'utf8');
    const [, module = '', input = ''] = /-- --actions (\S+) \\\n +--input (\S+)/.exec(page) ?? [];
    const given = ['--actions', path.join(root, module), '--input', path.join(root, input)];
    const demo = startDemo(folder, ['--json', ...given]);
    expect(await demo.exit, demo.stderr()).toBe(0);
    const { unprotected, protected: ours } = figuresIn(demo.stdout());
    expect(unprotected).toMatchObject({ intended: 5, lost: 0 });
    expect(unprotected.duplicates).toBeGreaterThanOrEqual(4);
    expect(ours).toMatchObject({ intended: 5, duplicates: 0, lost: 0 });
    expect(demo.stderr()).toMatch(/named a drift.*(reason|text)/);
    expect(demo.stderr()).toMatch(/INTENT_CONFLICT|contradicted their intent/);
    expect(demo.stderr()).not.toContain("can't be used");
    expect(await folder.left()).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('an interrupted demo', () => {
  it.each([
    { signal: 'SIGINT', when: 'Starting PostgreSQL', exit: 130 },
    { signal: 'SIGTERM', when: 'Plain BullMQ', exit: 143 },
    { signal: 'SIGINT', when: 'worker-3 took its place', exit: 130 },
    { signal: 'SIGKILL', when: 'was killed', exit: 'SIGKILL' },
  ] as const)(
    'leaves nothing behind after $signal at "$when"',
    { timeout: limit },
    async ({ signal, when, exit }) => {
      await using folder = await openDemoFolder();
      const demo = startDemo(folder, []);
      await demo.said(when);
      expect((await folder.running()).length).toBeGreaterThan(0);
      demo.kill(signal);
      expect(await demo.exit).toBe(exit);
      // after SIGKILL the watchdogs are who cleans up
      await vi.waitFor(async () => {
        expect(await folder.running()).toEqual([]);
        expect(await folder.left()).toEqual([]);
      }, 20_000);
    },
  );
});

it('tells a broken promise, and fails: the figures come from the remotes', { timeout: limit }, async () => {
  await using folder = await openDemoFolder();
  const lines = [1, 2, 3, 4, 5].map((number) =>
    JSON.stringify({ action: 'refund.pay', input: { orderId: `O-${number}` } }),
  );
  await writeFile(path.join(folder.path, 'own.jsonl'), lines.join('\n'));
  const falseClaim = path.join(import.meta.dirname, 'false-claim.ts');
  const demo = startDemo(folder, ['--json', '--input', 'own.jsonl', '--actions', falseClaim]);
  expect(await demo.exit, demo.stderr()).toBe(1);
  expect(figuresIn(demo.stdout()).protected.duplicates).toBeGreaterThan(0);
  expect(demo.stderr()).toContain('The promise was broken');
});

it('says what is wrong with its options, before it starts anything', async () => {
  await using folder = await openDemoFolder();
  const failure = async (...args: string[]) => {
    const demo = startDemo(folder, args);
    expect(await demo.exit).toBe(2);
    expect(demo.stdout()).toBe('');
    return demo.stderr();
  };
  const [option, ...lines] = await Promise.all([
    failure('--inptu', 'x'),
    failure('--input', 'none.jsonl'),
    failure('--input', folder.path),
    failure('--actions', 'none.ts'),
    failure('--actions', ownActions),
    failure('--keep', ownActions),
    failure('--keep', path.join(ownActions, 'logs')),
  ]);
  expect(option).toContain('Did you mean --input?');
  expect(lines).toEqual([
    expect.stringMatching(/^--input: there is no file .*none\.jsonl\n$/),
    expect.stringMatching(/^--input: .* is a folder; name a file of decisions, .*\n$/),
    expect.stringMatching(/^--actions: there is no file .*none\.ts\n$/),
    expect.stringMatching(/^--actions: .*; give --input FILE with some for refund\.pay, customer\.call\n$/),
    expect.stringMatching(/^--keep: .*own-actions\.example\.ts is a file, or in one; name a folder .*\n$/),
    expect.stringMatching(/^--keep: .*logs is a file, or in one; name a folder .*\n$/),
  ]);
  expect(await folder.left()).toEqual([]);
});
