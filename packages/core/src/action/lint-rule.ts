/** Names of the lint's rules. The last four are seen at run time only. */
export const LINT_RULES = [
  'key-clock',
  'key-time-only',
  'key-random',
  'key-uuid',
  'key-host',
  'key-pid',
  'key-environment',
  'key-process',
  'key-attempt',
  'key-job',
  'key-run',
  'key-trace',
  'key-tool-call',
  'key-session',
  'key-wording',
  'key-float',
  'key-date',
  'key-optional',
  'key-few-values',
  'approval-unstable',
  'replay-window',
  'example-invalid',
  'not-derived',
  'not-described',
  'unused-allowance',
  'invalid-definition',
  'unseen-on-redelivery',
  'looks-like-now',
  'looks-fresh',
  'near-equal-burst',
] as const;

/** Name of a rule of the key lint. */
export type LintRule = (typeof LINT_RULES)[number];

/** A finding of the key lint that is meant so. */
export interface LintAllowance {
  readonly rule: LintRule;
  /** Path that it is about; default: the rule wherever it applies. */
  readonly path?: string;
  /** Why it is right here; for whoever reads the definition later. */
  readonly why: string;
}
