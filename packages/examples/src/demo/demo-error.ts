/** A failure that a person can act on; told without a stack. */
export class DemoError extends Error {
  override readonly name: string = 'DemoError';
}

/** What the command line asks for can't be had; the message says what would be. */
export class WrongOptions extends DemoError {
  override readonly name = 'WrongOptions';
}

/** Reads the message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
