import { readFileSync, rmSync } from 'node:fs';
import type { ChildMessage } from './child-message.ts';
import type { ChildSettings } from './settings.ts';

/** Tells the demo something; resolves once it is on its way. */
export type Say = (message: ChildMessage) => Promise<void>;

/** Work of a child process; what it returns is run at SIGTERM. */
export type ChildWork<S extends ChildSettings> = (settings: S, say: Say) => Promise<() => Promise<void>>;

/** Runs this process as a child of the demo, until SIGTERM or until the demo is gone. */
export async function runChild<S extends ChildSettings>(work: ChildWork<S>): Promise<void> {
  // First, for the demo may be gone before the work begins. Its end of the channel closes however it ends.
  process.on('disconnect', () => process.exit(1));
  if (!process.connected) process.exit(1);
  const settings = takeSettings<S>(process.argv[2] ?? '');
  try {
    const stop = await work(settings, say);
    process.once('SIGTERM', () => {
      stop().then(
        () => process.exit(0),
        (error: unknown) => leave(error),
      );
    });
  } catch (error) {
    leave(error);
  }
}

/** The file has passwords in it, and its folder may be kept. */
function takeSettings<S>(file: string): S {
  const settings = JSON.parse(readFileSync(file, 'utf8')) as S;
  rmSync(file);
  return settings;
}

function say(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function leave(error: unknown): never {
  console.error(error);
  process.exit(1);
}
