import { parseArgs } from 'node:util';

/** What the command line says. */
export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  /** Names of axes; `null`: all. */
  readonly only: readonly string[] | null;
  /** Names of contenders; `null`: all. */
  readonly contenders: readonly string[] | null;
  readonly peers: boolean;
  readonly rounds: number;
}

/** A command line that can't be understood; the message says what would be. */
export class WrongOptions extends Error {}

/** Names that `--only` and `--contenders` choose from. */
export interface Names {
  readonly axes: readonly string[];
  readonly contenders: readonly string[];
}

const ROUNDS = { quick: 3, full: 5 } as const;

/** The text of `--help`. */
export function helpOf({ axes, contenders }: Names): string {
  return `Usage: npm run bench -- [options]

Measures Latchkey against raw BullMQ, a hand-written ledger and other job systems: interleaved rounds on one PostgreSQL
and one Redis, started for the run, or those that DATABASE_URL and REDIS_URL name. docs/performance.md tells more.

  --quick              what the ratios need, in under 3 minutes; the full run takes about an hour
  --json               ends with one line of JSON on stdout; everything else goes to stderr
  --only A[,B]         only some axes: ${axes.join(', ')}
  --contenders A[,B]   only some contenders:
                       ${wrapped(contenders, 23)}
  --no-peers           leaves out the job systems that have to be installed first
  --rounds N           rounds of each measurement; default ${ROUNDS.full}, with --quick ${ROUNDS.quick}
  --help               tells this

A full run of everything also writes docs/performance/ and the table in docs/performance.md.

Exit code 0: all was measured, and each job had its one effect; 1: something failed; 2: wrong options.`;
}

/**
 * Reads the command line; `null`: help was asked for.
 *
 * @throws {WrongOptions}
 */
export function readOptions(args: readonly string[], names: Names): Options | null {
  const values = parse(args);
  if (values.help) return null;
  const quick = values.quick ?? false;
  return {
    quick,
    json: values.json ?? false,
    only: chosen('--only', values.only, names.axes),
    contenders: chosen('--contenders', values.contenders, names.contenders),
    peers: values.peers ?? true,
    rounds: roundsOf(values.rounds) ?? (quick ? ROUNDS.quick : ROUNDS.full),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        only: { type: 'string' },
        contenders: { type: 'string' },
        peers: { type: 'boolean' },
        rounds: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new WrongOptions(error instanceof Error ? error.message : String(error));
  }
}

function chosen(
  option: string,
  text: string | undefined,
  names: readonly string[],
): readonly string[] | null {
  if (text === undefined) return null;
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown === undefined) return asked;
  throw new WrongOptions(
    `${option}: there is no ${JSON.stringify(unknown)}; choose from ${names.join(', ')}`,
  );
}

function roundsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw new WrongOptions(`--rounds takes a whole number from 1 to 100, not ${JSON.stringify(text)}`);
}

function wrapped(names: readonly string[], indent: number): string {
  const lines: string[] = [''];
  for (const name of names) {
    const line = lines.at(-1) as string;
    if (line.length + name.length > 88) lines.push(name);
    else lines[lines.length - 1] = line === '' ? name : `${line}, ${name}`;
  }
  return lines.join(`,\n${' '.repeat(indent)}`);
}
