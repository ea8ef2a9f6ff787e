import type { Log } from '../action/effect.ts';

/** Makes a log whose every line carries some fields; asked for at each line, since they may become known later. */
export function withFields(log: Log, fields: () => object): Log {
  return {
    debug: (own, message) => log.debug({ ...fields(), ...own }, message),
    info: (own, message) => log.info({ ...fields(), ...own }, message),
    warn: (own, message) => log.warn({ ...fields(), ...own }, message),
    error: (own, message) => log.error({ ...fields(), ...own }, message),
  };
}
