/** What a child process tells the demo. */
export type ChildMessage =
  /** A worker takes jobs. */
  | { readonly kind: 'ready' }
  /** A worker stands still right after an effect, which it hasn't recorded: the moment to kill it. */
  | { readonly kind: 'standing'; readonly what: string }
  /** A producer has handed everything over, and has its answers. */
  | { readonly kind: 'done' };
