import type { Log } from '@latchkey/core';

/** A log that tells errors only, as raw BullMQ does. */
export const errorsOnly: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (...told: unknown[]) => console.error(...told),
};
