import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/** The folder for what can be made again at any time: this user's cache, or one below the temporary folder. */
export function userCacheFolder(): string {
  const wanted = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  try {
    mkdirSync(wanted, { recursive: true });
    accessSync(wanted, constants.W_OK);
    return path.join(wanted, 'latchkey');
  } catch {
    return path.join(tmpdir(), `latchkey-cache-${userInfo().uid}`);
  }
}
