import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const fileOf = (task: string): string =>
  path.join(root, task === 'bench' ? 'test/bench/main.ts' : `scripts/tasks/${task}.ts`);
const argsOf = (task: string, args: readonly string[]) => [
  '--conditions=@latchkey/source',
  fileOf(task),
  ...args,
];

function run(task: string, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, argsOf(task, args), { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe.concurrent('the options of a task', () => {
  it.each(['faults', 'simulate', 'model', 'soak', 'bench'])('%s --help tells them', async (task) => {
    expect(await run(task, '--help')).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^Usage: npm run ${task}[^]*--help[^]*2: wrong options\\.`)),
      stderr: '',
    });
  });

  it.each([
    ['faults', ['--bogus'], "Unknown option '--bogus'"],
    ['faults', ['--only', '7,99'], '--only: there is no fault "99"; numbers go from 1 to 48'],
    ['simulate', ['--runs', 'x'], '--runs takes a whole number of at least 1, not "x"'],
    ['simulate', ['--runs', '0'], '--runs takes a whole number of at least 1, not "0"'],
    ['simulate', ['--threads', '0'], '--threads takes a whole number of at least 1, not "0"'],
    ['simulate', ['--world', 'nope'], '--world: there is no world nope; choose one of idempotent,'],
    ['simulate', ['--defect', 'nope'], '--defect: there is no defect nope; choose one of unfenced,'],
    ['simulate', ['--replay', 'serial 4:x'], '--replay: 4:x is no move: write wait:fault.pick'],
    ['simulate', ['--replay', 'nope 4:time.0'], '--replay: there is no world nope; choose one of'],
    ['simulate', ['--seed', '-1'], "Option '--seed' argument is ambiguous."],
    ['model', ['--bogus'], "Unknown option '--bogus'"],
    ['soak', ['--minutes', '0'], '--minutes takes a number above 0, not "0"'],
    ['soak', ['--backend', 'disk'], '--backend takes redis, postgres or both, not "disk"'],
    ['bench', ['--only', 'nop'], '--only: there is no "nop"; choose from'],
  ])('%s %j is told in one line', async (task, args, message) => {
    const { code, stdout, stderr } = await run(task, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr).toMatch(new RegExp(`^.* \\(npm run ${task} -- --help tells all options\\)\n$`));
  });
});

// there are no groups of processes to interrupt elsewhere
describe.runIf(process.platform === 'linux')('interrupted faults', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leave nothing behind after %s',
    { timeout: 90_000 },
    async (signal) => {
      await using folder = await mkdtempDisposable(path.join(tmpdir(), 'tasks-test-'));
      const child = spawn(process.execPath, argsOf('faults', ['--only', '7,9']), {
        cwd: root,
        env: { ...process.env, TMPDIR: folder.path },
        detached: true,
        stdio: 'ignore',
      });
      const ended = once(child, 'close');
      const made = async () =>
        (await readdir(folder.path)).filter((name) => !name.endsWith('-compile-cache'));
      await vi.waitFor(async () => {
        const tests = (await made()).find((name) => /^latchkey-test-\w{6}$/.test(name)) ?? 'none';
        expect(await readdir(path.join(folder.path, tests))).not.toEqual([]);
      }, 40_000);
      process.kill(-(child.pid ?? 0), signal);
      await ended;
      // the watchdogs clean up, and end
      await vi.waitFor(async () => expect(await made()).toEqual([]), 20_000);
    },
  );
});
