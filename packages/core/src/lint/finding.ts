import type { LintRule } from '../action/lint-rule.ts';

/** One thing that is wrong, or may be, with an action's key. */
export interface Finding {
  readonly rule: LintRule;
  /** An error is wrong unless the action allows it; a warning may be right, and doesn't fail a build. */
  readonly severity: 'error' | 'warning';
  readonly action: string;
  /** Path of the field that it is about; absent where it is about the whole key. */
  readonly path?: string;
  readonly reason: string;
  readonly wayOut: string;
}

/** A finding before it is known whose it is. */
export type Found = Omit<Finding, 'action'>;
