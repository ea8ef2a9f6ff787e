import { numberFrom, parsed, WrongOptions, wrapped } from '../../scripts/tasks/options.ts';

/** What the command line says. */
export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  /** Names of axes; `null`: all. */
  readonly only: readonly string[] | null;
  /** Names of contenders; `null`: all. */
  readonly contenders: readonly string[] | null;
  readonly peers: boolean;
  /** How many rounds of each measurement; least and most differ in a quick run alone. */
  readonly rounds: { readonly least: number; readonly most: number };
  /** How long one round of a contender should work, in seconds. */
  readonly seconds: number;
  /** Whether docs get the figures of a run that measures only a part. */
  readonly docs: boolean;
  /** Sizes of the ledgers that claims are measured on, the emptiest first. */
  readonly rows: readonly number[];
}

/** Names that `--only` and `--contenders` choose from. */
export interface Names {
  readonly axes: readonly string[];
  readonly contenders: readonly string[];
}

const ROUNDS = { quick: { least: 3, most: 9 }, full: { least: 5, most: 5 } } as const;
const SECONDS = { quick: 1.5, full: 3 } as const;
const ROWS = '0,1000000,10000000';

/** The text of `--help`. */
export function helpOf({ axes, contenders }: Names): string {
  return `Usage: npm run bench -- [options]

Measures Latchkey against raw BullMQ, a hand-written ledger and other job systems: interleaved rounds on one PostgreSQL
and one Redis, started for the run, or those that DATABASE_URL and REDIS_URL name. docs/performance.md tells more.

  --quick              what the ratios need, in under 3 minutes; the full run takes about 40 minutes
  --json               ends with one line of JSON on stdout; everything else goes to stderr;
                       npm run -s bench -- --json leaves out what npm itself prints
  --only A[,B]         only some axes: ${axes.join(', ')}
  --contenders A[,B]   only some contenders:
                       ${wrapped(contenders, 23)}
  --no-peers           leaves out the job systems that have to be installed first
  --rounds N           rounds of each measurement; default ${ROUNDS.full.least}, with --quick at least ${ROUNDS.quick.least} and as many
                       as there is time for
  --seconds S          how long one round should work; default ${SECONDS.full}, with --quick ${SECONDS.quick}
  --rows A,B[,C]       sizes of the ledgers of axis growth, the emptiest first; default ${ROWS}
  --docs               writes docs/performance/ and the tables of docs/performance.md though not all is measured;
                       a full run of everything always does
  --help               tells this

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
  const size = quick ? 'quick' : 'full';
  return {
    quick,
    json: values.json ?? false,
    only: chosen('--only', values.only, names.axes),
    contenders: chosen('--contenders', values.contenders, names.contenders),
    peers: values.peers ?? true,
    docs: values.docs ?? false,
    rounds: roundsOf(values.rounds) ?? ROUNDS[size],
    seconds: secondsOf(values.seconds) ?? SECONDS[size],
    rows: rowsOf(values.rows ?? ROWS),
  };
}

function parse(args: readonly string[]) {
  return parsed({
    args: [...args],
    allowNegative: true,
    options: {
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      only: { type: 'string' },
      contenders: { type: 'string' },
      peers: { type: 'boolean' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      rows: { type: 'string' },
      docs: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
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

function roundsOf(text: string | undefined): Options['rounds'] | undefined {
  if (text === undefined) return undefined;
  const rounds = numberFrom('--rounds', text, { least: 1, most: 100, whole: true });
  return { least: rounds, most: rounds };
}

function secondsOf(text: string | undefined): number | undefined {
  return text === undefined
    ? undefined
    : numberFrom('--seconds', text, { least: 0.1, most: 600, whole: false });
}

function rowsOf(text: string): number[] {
  const limits = { least: 0, most: 100_000_000, whole: true };
  const rows = text.split(',').map((one) => numberFrom('--rows', one, limits));
  if (rows.every((count, index) => index === 0 || count > (rows[index - 1] as number))) return rows;
  throw new WrongOptions(
    `--rows takes rising numbers, the emptiest ledger first, not ${JSON.stringify(text)}`,
  );
}
