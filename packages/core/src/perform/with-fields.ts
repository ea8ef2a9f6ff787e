import type { Log } from '../action/effect.ts';

/** Makes a log whose every line carries some fields; asked for at each line, since they may become known later. */
export function withFields(log: Log, fields: () => object): Log {
  return new FieldedLog(log, fields);
}

/** A class, because every delivery makes one and most never write a line. */
class FieldedLog implements Log {
  readonly #log: Log;
  readonly #fields: () => object;

  constructor(log: Log, fields: () => object) {
    this.#log = log;
    this.#fields = fields;
  }

  debug(own: object, message?: string): void {
    this.#log.debug({ ...this.#fields(), ...own }, message);
  }

  info(own: object, message?: string): void {
    this.#log.info({ ...this.#fields(), ...own }, message);
  }

  warn(own: object, message?: string): void {
    this.#log.warn({ ...this.#fields(), ...own }, message);
  }

  error(own: object, message?: string): void {
    this.#log.error({ ...this.#fields(), ...own }, message);
  }
}
