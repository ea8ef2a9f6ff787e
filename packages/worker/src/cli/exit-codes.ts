import { CommanderError } from '@commander-js/extra-typings';
import { type ErrorCode, LatchkeyError } from '@latchkey/core';

/** How a command ends, for scripts and supervisors. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  unsuccessful: 4,
} as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  INVALID_CONFIG: EXIT.usage,
  INVALID_ACTION: EXIT.usage,
  INVALID_QUERY: EXIT.usage,
  INVALID_INPUT: EXIT.usage,
  INVALID_KEY: EXIT.usage,
  UNREACHABLE: EXIT.unreachable,
  UNFIT: EXIT.unreachable,
  SCHEMA_MISSING: EXIT.unreachable,
  SCHEMA_MISMATCH: EXIT.unreachable,
};

/** The exit codes for a help text. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  refused: not found, or not legal in the present state; lint found an error; or an error nobody foresaw
  2  wrong usage or configuration
  3  database or queue not reachable, not fit, or its tables not migrated
  4  submit --wait: the intent did not succeed, or not in time`;

/** Ends a command with this code, after it has said why. */
export class EndsWith extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`ends with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Tells the exit code that an error leads to. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof EndsWith) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof LatchkeyError) return BY_CODE[error.code] ?? EXIT.refused;
  return EXIT.refused;
}
