import type { LintRule } from '../../action/lint-rule.ts';

/** Rules that only show while intents come in. */
export type WatchRule = Extract<
  LintRule,
  'unseen-on-redelivery' | 'looks-like-now' | 'looks-fresh' | 'near-equal-burst'
>;

/** A sign that an action's key isn't one: no proof, since a business can look like that too. */
export interface KeyWarning {
  readonly rule: WatchRule;
  readonly action: string;
  /** Path of the key field that it is about, where it is one. */
  readonly path?: string;
  /** The last intent that showed it. */
  readonly intentId: string;
  /** How many intents showed it since the last warning of the same rule, action and path; of those looked at. */
  readonly signs: number;
  readonly reason: string;
  readonly wayOut: string;
}
