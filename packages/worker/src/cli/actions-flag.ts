/** What `--actions` takes, for help texts. */
export const ACTIONS =
  'module that exports actions: a path like ./actions.ts, or a package; seen from the folder in which latchkey is started. Repeat it, or separate by commas';
