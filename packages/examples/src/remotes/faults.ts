import { hash } from 'node:crypto';
import { z } from 'zod';

/**
 * The faults that a remote can let land, in the order in which a request meets them.
 *
 * - `refuse`: turned away before anything is done (503 with Retry-After, SMTP 421)
 * - `decline`: refused for good before anything is done (422, SMTP 550)
 * - `slowMs`: waits before the effect
 * - `dropAfterCommit`: the effect is durable, then the connection is destroyed without an answer
 * - `errorAfterCommit`: the effect is durable, then the answer is an error (500, SMTP 451)
 */
export const faultNames = ['refuse', 'decline', 'slowMs', 'dropAfterCommit', 'errorAfterCommit'] as const;

/** Name of a fault. */
export type FaultName = (typeof faultNames)[number];

/** Which faults land how often; every field given. */
export interface FaultPlan {
  /** Probabilities, from 0 (never, the default) to 1 (every time). */
  readonly refuse: number;
  readonly decline: number;
  readonly dropAfterCommit: number;
  readonly errorAfterCommit: number;
  /** Milliseconds that a slow request waits; 0 (the default) slows none. */
  readonly slowMs: number;
  /** Probability that a request is a slow one, 1 by default. */
  readonly slow: number;
  /** How many faults may land under this plan before it is spent; null (the default) sets no end. */
  readonly limit: number | null;
}

/** What a caller sets; what is left out has its default. */
export type FaultSettings = Partial<FaultPlan>;

/** Decides which requests meet a fault, and counts those that did. */
export interface FaultSwitch {
  /** Replaces the whole plan; throws, naming the field, where the settings aren't valid. */
  set(settings: unknown): FaultPlan;
  plan(): FaultPlan;
  /** True where the fault is to land now, which counts it as landed. */
  lands(fault: FaultName, subject: string): boolean;
  /** How often each fault landed since the start. */
  landed(): Readonly<Record<FaultName, number>>;
}

const probability = z.number().min(0).max(1).default(0);
const planSchema = z.strictObject({
  refuse: probability,
  decline: probability,
  dropAfterCommit: probability,
  errorAfterCommit: probability,
  slowMs: z.number().min(0).max(600_000).default(0),
  slow: z.number().min(0).max(1).default(1),
  limit: z.number().int().min(0).nullable().default(null),
});

/**
 * Creates a switch whose decisions follow from the seed, the fault, the subject (a business key) and how often that
 * subject was asked about: the same effect meets the same fate in every run, in whatever order requests arrive.
 */
export function createFaultSwitch(seed: string, settings: unknown): FaultSwitch {
  let plan = parsePlan(settings);
  let left = plan.limit ?? Number.POSITIVE_INFINITY;
  const counts = { refuse: 0, decline: 0, slowMs: 0, dropAfterCommit: 0, errorAfterCommit: 0 };
  const asked = new Map<string, number>();

  return {
    set: (next) => {
      plan = parsePlan(next);
      left = plan.limit ?? Number.POSITIVE_INFINITY;
      return plan;
    },
    plan: () => plan,
    lands: (fault, subject) => {
      const chance = chanceOf(plan, fault);
      // Nothing is remembered of subjects while a fault is off: a long load test must not grow the map.
      if (chance === 0 || left === 0) return false;
      const question = `${fault}\n${subject}`;
      const times = asked.get(question) ?? 0;
      asked.set(question, times + 1);
      if (draw(`${seed}\n${question}\n${times}`) >= chance) return false;
      counts[fault] += 1;
      left -= 1;
      return true;
    },
    landed: () => ({ ...counts }),
  };
}

function parsePlan(settings: unknown): FaultPlan {
  const parsed = planSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new TypeError(`faults: ${z.prettifyError(parsed.error)}`);
}

function chanceOf(plan: FaultPlan, fault: FaultName): number {
  if (fault === 'slowMs') return plan.slowMs > 0 ? plan.slow : 0;
  return plan[fault];
}

// A hash in place of a running generator: the n-th draw needs no draw before it. 0 ≤ n < 1.
function draw(label: string): number {
  return hash('sha256', label, 'buffer').readUInt32BE(0) / 2 ** 32;
}
