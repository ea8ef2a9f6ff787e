import { existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/**
 * Opens a file to which a child process adds lines of JSON.
 *
 * Each line is handed to the system before it returns, so that it outlives a SIGKILL of the process.
 */
export function openLineFile(folder: string, name: string): (line: unknown) => void {
  const file = openSync(path.join(folder, `${name}.jsonl`), 'a', 0o600);
  return (line) => {
    writeSync(file, `${JSON.stringify(line)}\n`);
  };
}

/** Reads all lines of all files whose names begin so; a torn last line is left out. */
export function readLines<T>(folder: string, prefix: string): T[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${prefix}-`) && name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as T);
}
