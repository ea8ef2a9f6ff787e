import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type AnyAction, deriveIntent, sampleInputs } from '@latchkey/core';

/** An action as a process derives the ids of its sample inputs; `null` where an input has none. */
export interface DerivedAction {
  readonly name: string;
  readonly ids: readonly (string | null)[];
}

/** What the other process was asked, and answers. */
export interface ElsewhereRequest {
  readonly modules: readonly string[];
  readonly cwd: string;
}

/** Longest wait for the other process, in milliseconds; modules may connect to something when they are loaded. */
const PATIENCE_MS = 60_000;

/** The id of each sample input of an action. */
export function derivedIds(action: AnyAction): (string | null)[] {
  return sampleInputs(action).map((input) => {
    try {
      return deriveIntent(action, input).id;
    } catch {
      return null;
    }
  });
}

/**
 * Loads modules in another process, whose clock and host name are other ones, and derives the ids of their actions'
 * sample inputs there. A module that doesn't load there is left out.
 */
export async function deriveElsewhere(
  modules: readonly string[],
  cwd: string,
): Promise<ReadonlyMap<string, readonly DerivedAction[]>> {
  const sibling = (name: string) =>
    new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--import', sibling('elsewhere').href, fileURLToPath(sibling('elsewhere-main'))],
    {
      cwd,
      env: { ...process.env, ...OTHER_NAMES },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      timeout: PATIENCE_MS,
    },
  );
  const [questions, , , answers] = child.stdio as unknown as [Writable, null, null, Readable];
  questions.on('error', () => undefined); // it may be gone before it has read
  questions.end(JSON.stringify({ modules, cwd } satisfies ElsewhereRequest));
  const [said] = await Promise.all([text(answers), once(child, 'close')]);
  const lines = said.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as [string, readonly DerivedAction[]]));
}

/** Variables that carry a machine's name; a container's is often read from one of them. */
const OTHER_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  ['HOSTNAME', 'HOST', 'COMPUTERNAME', 'POD_NAME', 'NODE_NAME', 'WORKER_ID', 'INSTANCE_ID'].map((name) => [
    name,
    'elsewhere',
  ]),
);
