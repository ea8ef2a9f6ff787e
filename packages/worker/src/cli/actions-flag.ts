/** What `--actions` takes, for help texts. */
export const ACTIONS =
  'module that exports actions: a path like ./actions.ts, or a package; seen from this folder. Repeat it, or separate by commas';

/** Collects the values of a flag that may be repeated, and may list several. */
export function listed(argument: string, before: readonly string[]): readonly string[] {
  const modules = argument.split(',').map((module) => module.trim());
  return [...before, ...modules.filter((module) => module !== '')];
}
