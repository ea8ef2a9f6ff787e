import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A user and group to start a process as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The existing account that servers run as when we are root, or undefined when we are not.
 *
 * PostgreSQL refuses to run as root. No account is made: that would change the machine for good.
 *
 * @throws Error when we are root and the machine has neither a `postgres` nor a `nobody`
 */
export function unprivilegedAccount(): Account | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const row = rows.find(([account]) => account === name);
    // macOS writes the id of nobody as -2.
    if (row) return { uid: Number(row[2]) >>> 0, gid: Number(row[3]) >>> 0 };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has no account "postgres" or "nobody" to run it as. ' +
      'Run the command as an ordinary user.',
  );
}

/** Whether every account may pass through a folder and all those above it. Folders to be made do not count. */
export function canEveryoneEnter(folder: string): boolean {
  const absolute = path.resolve(folder);
  if (existsSync(absolute) && (statSync(absolute).mode & 0o001) === 0) return false;
  const above = path.dirname(absolute);
  return above === absolute || canEveryoneEnter(above);
}
