import { readFile } from 'node:fs/promises';

/** One line of a remote's log: an effect it made, or (with kind `fault`) a fault that it let land. */
export interface LogRecord {
  /** When it was made, ISO 8601 in UTC, by the remote's own clock. */
  readonly at: string;
  /** What was made: `ticket`, `mail`, `publication`, `effect`, or `fault`. */
  readonly kind: string;
  /** Name by business fields, from `businessKey`. */
  readonly business: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Kind of the lines that tell of a fault; no effect has it. */
export const faultKind = 'fault';

/** What a log holds, and where its last complete line ends. */
export interface LogContents {
  readonly records: readonly LogRecord[];
  /** Bytes up to and including the last line feed; what follows is a torn line. */
  readonly completeBytes: number;
}

/**
 * Reads a remote's log.
 *
 * A last line without its line feed was torn by a crash before anybody was answered, so it counts as not written.
 * Throws where the file is missing or any other line is damaged: evidence that can't be read is no evidence.
 */
export async function readLog(file: string): Promise<LogContents> {
  const bytes = await readFile(file);
  const completeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.toString('utf8', 0, completeBytes).split('\n').slice(0, -1);
  return { records: lines.map((line, index) => parseLine(line, file, index + 1)), completeBytes };
}

function parseLine(line: string, file: string, number: number): LogRecord {
  try {
    const record: unknown = JSON.parse(line);
    if (isRecord(record)) return record;
  } catch {
    // Told below, with the place.
  }
  throw new Error(`${file}:${number} is not a line of a remote's log`);
}

function isRecord(value: unknown): value is LogRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { at, kind, business, detail } = value as Record<string, unknown>;
  return (
    typeof at === 'string' &&
    typeof kind === 'string' &&
    typeof business === 'string' &&
    typeof detail === 'object'
  );
}
