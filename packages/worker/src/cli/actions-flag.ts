/** What `--actions` takes, for help texts. */
export const ACTIONS =
  'module that exports actions: a path like ./actions.ts, or a package; seen from this folder. Repeat it, or separate by commas';
