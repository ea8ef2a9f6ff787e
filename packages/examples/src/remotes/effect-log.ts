import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LogRecord, readLog } from './log-record.ts';

/** A remote's durable, append-only log. */
export interface EffectLog {
  readonly file: string;
  /** Resolves once the records are on disk, together and in order; rejects for good after the first failed write. */
  append(records: readonly LogRecord[]): Promise<void>;
  /** Waits for what is being written and closes the file. */
  close(): Promise<void>;
}

interface Waiting {
  readonly lines: string;
  resolve(): void;
  reject(cause: unknown): void;
}

/**
 * Opens a log, creating it and its folder where missing, and gives back what earlier runs left in it.
 *
 * A torn last line is cut off, so that the next one doesn't continue it. One process at a time may have a log open.
 */
export async function openEffectLog(
  file: string,
): Promise<{ readonly log: EffectLog; readonly past: readonly LogRecord[] }> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+');
  try {
    const { records, completeBytes } = await readLog(file);
    await handle.truncate(completeBytes);
    await handle.sync();
    await syncFolder(dirname(file));
    return { log: createLog(file, handle), past: records };
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

// The name of a new file is durable only once its folder is. Windows can't open a folder, and needs no such sync.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function createLog(file: string, handle: FileHandle): EffectLog {
  const writer = createWriter(handle);
  return {
    file,
    append: (records) => {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      return new Promise((resolve, reject) => writer.write({ lines, resolve, reject }));
    },
    close: async () => {
      await writer.drained();
      await handle.close();
    },
  };
}

// What arrives while one sync is under way shares the next one: thousands of appends a second on a slow disk.
function createWriter(handle: FileHandle): { write(entry: Waiting): void; drained(): Promise<void> } {
  let waiting: Waiting[] = [];
  let writing = false;
  let last: Promise<void> = Promise.resolve();
  let broken: { readonly cause: unknown } | undefined;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn(); // lets the requests of this turn join the batch
      const batch = waiting;
      waiting = [];
      // After a failed write nobody knows what the file holds, so nothing more is promised.
      if (broken === undefined) broken = await writeThrough(handle, batch);
      for (const entry of batch) {
        if (broken === undefined) entry.resolve();
        else entry.reject(broken.cause);
      }
    }
    writing = false;
  }

  return {
    write: (entry) => {
      waiting.push(entry);
      if (writing) return;
      writing = true;
      last = drain();
    },
    drained: () => last,
  };
}

async function writeThrough(
  handle: FileHandle,
  batch: readonly Waiting[],
): Promise<{ readonly cause: unknown } | undefined> {
  try {
    await handle.appendFile(batch.map((entry) => entry.lines).join(''));
    await handle.datasync();
    return undefined;
  } catch (cause) {
    return { cause };
  }
}
