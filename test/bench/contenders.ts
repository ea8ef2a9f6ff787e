import path from 'node:path';

/** A contender that can be run, and what the bench must know before it loads its file. */
export interface Listed {
  readonly name: string;
  /** File with the named export `contender`. */
  readonly file: string;
  /** Comes from the nested project `peers`, which is installed on the first run. */
  readonly peer: boolean;
  /** Whether a job of it must have exactly one effect in a quiet run. */
  readonly isProtected: boolean;
  /** Jobs a second to expect on two cores: sizes its rounds, so that all take about as long; no result depends on it. */
  readonly expected: number;
}

/** All contenders, in the order in which a round runs them. */
export const CONTENDERS: readonly Listed[] = [
  own('bullmq-redis', false, 20_000),
  own('naive-ledger', true, 3_000),
  own('latchkey-redis', true, 12_000),
  own('latchkey-redis-add', true, 12_000),
  own('latchkey-redis-protect', true, 12_000),
  own('latchkey-contended', true, 1_200),
  own('bullmq-postgres', false, 800),
  own('latchkey-postgres', true, 700),
  own('latchkey-postgres-add', true, 700),
  peer('pg-boss', false, 8_000),
  peer('graphile-worker', false, 8_000),
  peer('dbos', true, 500),
  peer('restate', true, 2_500),
];

/** Finds a contender by its name. */
export function contenderNamed(name: string): Listed {
  const found = CONTENDERS.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new Error(
    `there is no contender ${name}; choose from ${CONTENDERS.map((one) => one.name).join(', ')}`,
  );
}

function own(name: string, isProtected: boolean, expected: number): Listed {
  const file = path.join(import.meta.dirname, 'contenders', `${name}.ts`);
  return { name, file, peer: false, isProtected, expected };
}

function peer(name: string, isProtected: boolean, expected: number): Listed {
  const file = path.join(import.meta.dirname, 'peers', `${name}.ts`);
  return { name, file, peer: true, isProtected, expected };
}
