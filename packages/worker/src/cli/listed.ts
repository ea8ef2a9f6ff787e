/** Adds the values of a flag that may be repeated, or hold several separated by commas. */
export function listed(argument: string, before: readonly string[]): readonly string[] {
  const values = argument.split(',').map((value) => value.trim());
  return [...before, ...values.filter((value) => value !== '')];
}
