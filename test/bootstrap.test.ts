import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { installFailure } from '../scripts/bootstrap/failure.mjs';

const root = path.resolve(import.meta.dirname, '..');
const start = (...args: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [path.join(root, 'scripts/bootstrap.mjs'), ...args], { encoding: 'utf8' });

describe('the bootstrap', () => {
  it('names the tasks when asked for another', () => {
    const { status, stderr } = start('nonsense');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/no task "nonsense".*\n.*demo, test, build/),
    });
  });

  it('passes arguments on, and the exit code back', () => {
    expect(start('pnpm', '--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\./) });
    expect(start('pnpm', 'no-such-command').status).not.toBe(0);
  });

  it.each([
    ['npm error code EAI_AGAIN', 'registry cannot be reached'],
    ['ERR_PNPM_META_FETCH_FAIL GET', 'registry cannot be reached'],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
    ['npm error code E401', 'refused the request'],
    ['npm error ENOSPC: no space left on device, write', 'disk is full'],
    ['npm error code EACCES', 'cannot be written to'],
    ['ERR_PNPM_OUTDATED_LOCKFILE', 'does not match'],
    ['something else', 'exit code 7'],
  ])('explains %j', (output, explanation) => {
    const failure = installFailure('it', { code: 7, output });
    expect(failure.message).toContain(explanation);
    expect(failure.todo).not.toBe('');
  });
});
