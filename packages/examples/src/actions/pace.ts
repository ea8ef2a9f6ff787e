/** How patient the example actions are. Production leaves all of it at the defaults; the demo and tests hurry. */
export interface Pace {
  /** How long a claim holds unless renewed, in milliseconds; default 30,000. */
  readonly leaseMs: number;
  /** How long one attempt may take, in milliseconds; default 60,000. */
  readonly deadlineMs: number;
  /** How long after a sender's deadline the site is asked, in milliseconds; default 30,000: longer than it publishes. */
  readonly quietMs: number;
  /** Wait before the second attempt, in milliseconds, doubled each time; default 500. */
  readonly backoffMs: number;
}

/** The pace of production. */
export const defaultPace: Pace = Object.freeze({
  leaseMs: 30_000,
  deadlineMs: 60_000,
  quietMs: 30_000,
  backoffMs: 500,
});
