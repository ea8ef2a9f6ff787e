import { CommanderError } from '@commander-js/extra-typings';
import { LatchkeyError } from '@latchkey/core';
import { EndsWith, exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs the command that the arguments name; answers the exit code, and prints why where it isn't 0. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await createProgram(surroundings).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError || error instanceof EndsWith))
      surroundings.complain(`latchkey: ${reasonOf(error)}`);
    return exitCodeOf(error);
  }
}

/** Errors of our own say what to do; the stack of any other is what helps to find it. */
function reasonOf(error: unknown): string {
  if (error instanceof LatchkeyError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
