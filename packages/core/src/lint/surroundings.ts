import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/** What a key must not depend on, beside randomness: where and when it is derived. */
export interface Surroundings {
  readonly nowMs: number;
  readonly host: string;
  readonly pid: number;
  /** Appended to the value of every variable of the environment; those that aren't set become set. */
  readonly envSuffix: string;
}

/** Surroundings that hold still, so that only what is changed on purpose can change a key. */
export const STILL: Surroundings = {
  nowMs: Date.UTC(2026, 2, 1, 10, 0, 0, 217),
  host: 'host-a',
  pid: 4_101,
  envSuffix: '',
};

/** Each thing that a key must not depend on, changed by itself. */
export const CHANGED: readonly { readonly what: keyof Surroundings; readonly to: Surroundings }[] = [
  // another year, month, day, hour, minute and weekday
  { what: 'nowMs', to: { ...STILL, nowMs: Date.UTC(2027, 6, 16, 23, 41, 7, 838) } },
  { what: 'host', to: { ...STILL, host: 'host-b' } },
  { what: 'pid', to: { ...STILL, pid: 4_102 } },
  { what: 'envSuffix', to: { ...STILL, envSuffix: '-changed' } },
];

/**
 * Runs something synchronous as if it ran elsewhere and at another time, then puts everything back.
 *
 * Clock, host name, process id and environment are changed for the whole process, which nobody else can see, since
 * nothing else runs meanwhile. `performance.now` and random sources go on: they differ by themselves.
 */
export function within<T>(surroundings: Surroundings, body: () => T): T {
  const { nowMs, host, pid, envSuffix } = surroundings;
  const undo = [
    replace(globalThis, 'Date', clockAt(nowMs)),
    replace(os, 'hostname', () => host),
    replace(process, 'pid', pid),
    replace(process, 'env', envSuffix === '' ? process.env : environmentWith(process.env, envSuffix)),
  ];
  syncBuiltinESMExports();
  try {
    return body();
  } finally {
    for (const restore of undo) restore();
    syncBuiltinESMExports();
  }
}

function replace(holder: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { configurable: true, enumerable: true, writable: true, value });
  return () => {
    if (before !== undefined) Object.defineProperty(holder, name, before);
  };
}

/** A proxy and no subclass: a `Date` of either is an instance of both. */
function clockAt(nowMs: number): DateConstructor {
  const own = Date;
  return new Proxy(own, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [nowMs] : given, newTarget) as Date,
    apply: () => new own(nowMs).toString(),
    get: (target, name, receiver) => (name === 'now' ? () => nowMs : Reflect.get(target, name, receiver)),
  });
}

function environmentWith(own: NodeJS.ProcessEnv, suffix: string): NodeJS.ProcessEnv {
  return new Proxy(
    { ...own },
    { get: (target, name) => (typeof name === 'string' ? `${target[name] ?? ''}${suffix}` : undefined) },
  );
}
