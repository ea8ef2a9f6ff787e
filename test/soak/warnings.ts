import { createWriteStream } from 'node:fs';
import type { Log } from '@latchkey/core';

/** A log of warnings and errors, a line each, on the process's own output. */
export const warnings: Log = warningsTo((line) => process.stdout.write(line));

/** The same in a file. */
export function warningsIn(file: string): Log {
  const stream = createWriteStream(file, { flags: 'a' });
  return warningsTo((line) => stream.write(line));
}

function warningsTo(write: (line: string) => void): Log {
  const at = (level: string) => (fields: object, message?: string) => {
    const told = JSON.stringify(fields, (_, value: unknown) =>
      value instanceof Error ? value.stack : value,
    );
    write(`${new Date().toISOString()} ${level} ${message ?? ''} ${told}\n`);
  };
  return { debug: () => undefined, info: () => undefined, warn: at('warn'), error: at('error') };
}
