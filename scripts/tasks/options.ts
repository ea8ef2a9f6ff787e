import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A command line that can't be understood; the message says what would be. */
export class WrongOptions extends Error {}

/** What a task says of its options, and how it reads them. */
export interface CommandLine<Options> {
  /** Its name behind `npm run`. */
  readonly task: string;
  readonly help: string;
  /** `null`: help was asked for. */
  readonly read: (args: readonly string[]) => Options | null;
}

/** Runs a task with the options of this process. Help ends it with 0; wrong options with 2, after one line. */
export async function runWith<Options>(
  { task, help, read }: CommandLine<Options>,
  main: (options: Options) => number | Promise<number>,
): Promise<void> {
  try {
    const options = read(process.argv.slice(2));
    if (options === null) console.log(help);
    else process.exitCode = await main(options);
  } catch (error) {
    if (!(error instanceof WrongOptions)) throw error;
    console.error(`${error.message} (npm run ${task} -- --help tells all options)`);
    process.exitCode = 2;
  }
}

/**
 * Reads arguments as `parseArgs` of Node does.
 *
 * @throws {WrongOptions}
 */
export function parsed<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>>['values'] {
  return orWrong(() => parseArgs(config).values);
}

/** Turns an error of reading a command line into one that is told in one line. */
export function orWrong<Read>(read: () => Read, option?: string): Read {
  try {
    return read();
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
    throw new WrongOptions(option === undefined ? message : `${option}: ${message}`);
  }
}

/** Bounds of a number. */
export interface Limits {
  readonly least: number;
  readonly most?: number;
  readonly whole: boolean;
}

/**
 * Reads the number that an option takes.
 *
 * @throws {WrongOptions}
 */
export function numberFrom(option: string, text: string, { least, most, whole }: Limits): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const fits = whole ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (fits && number >= least && (most === undefined || number <= most)) return number;
  const kind = whole ? 'a whole number' : 'a number';
  const bounds = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new WrongOptions(`${option} takes ${kind} ${bounds}, not ${JSON.stringify(text)}`);
}

/** Names with commas between them, for the column of a help that begins at `indent`. */
export function wrapped(names: readonly string[], indent: number): string {
  const lines: string[] = [''];
  for (const name of names) {
    const line = lines.at(-1) as string;
    if (indent + line.length + name.length > 111) lines.push(name);
    else lines[lines.length - 1] = line === '' ? name : `${line}, ${name}`;
  }
  return lines.join(`,\n${' '.repeat(indent)}`);
}
