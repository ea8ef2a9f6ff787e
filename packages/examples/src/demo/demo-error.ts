/** A failure that a person can act on; told without a stack. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/** Reads the message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
