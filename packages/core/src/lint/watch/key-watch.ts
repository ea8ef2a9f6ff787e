import { createHash } from 'node:crypto';
import type { AnyAction } from '../../action/action.ts';
import { valueAt } from '../../action/paths.ts';
import { canonical, without } from '../../intent/fingerprint.ts';
import type { Submission } from '../../ledger/ledger.ts';
import { looksFresh, looksLikeNow, looksMade } from './key-signs.ts';
import type { KeyWarning, WatchRule } from './key-warning.ts';

/** New intents that are looked into, a second: what bounds the cost, whatever the load. */
const LOOKS_A_SECOND = 50;
/** Longest input that is looked into, in characters. */
const MAX_LENGTH = 16_384;
/** Shortest pause between two warnings of one rule about one field, in milliseconds. */
const QUIET_MS = 10 * 60_000;
/** Signs of one rule, within an hour, before it is worth a warning: one order may well have been made just now. */
const SIGNS: Readonly<Record<WatchRule, number>> = {
  'unseen-on-redelivery': 1,
  'looks-like-now': 3,
  'looks-fresh': 3,
  'near-equal-burst': 1,
};
const SIGNS_WITHIN_MS = 3_600_000;
/** Near-equal intents within a minute that make a burst. */
const BURST = 10;
const BURST_WITHIN_MS = 60_000;
/** Contents that are remembered for bursts; the oldest gives way. */
const REMEMBERED = 500;

const SAYS: Readonly<Record<WatchRule, { reason: string; wayOut: string }>> = {
  'unseen-on-redelivery': {
    reason:
      'a job that was delivered before came to a key that was never seen: its first delivery ended before it reached the ledger, or its key changes by itself',
    wayOut: 'run latchkey lint on the action; if it finds nothing, look whether the job data was edited',
  },
  'looks-like-now': {
    reason: 'this key field holds the present time again and again; a repetition will hold another one',
    wayOut: 'leave the moment out of the key; if the business gives it, allow looks-like-now in lint.allow',
  },
  'looks-fresh': {
    reason: 'this key field holds ids made just now again and again; a repetition may make another one',
    wayOut: 'name what the effect is about; if the business gives the id, allow looks-fresh in lint.allow',
  },
  'near-equal-burst': {
    reason: `${BURST} intents within a minute were equal but for key fields that look made up: they may be one`,
    wayOut:
      'take what is made up out of the key; if they are different, allow near-equal-burst in lint.allow',
  },
};

interface Signs {
  count: number;
  since: number;
  warnedAt: number;
}

/** Watches new intents for signs of a bad key, and warns of them now and then. */
export class KeyWatch {
  readonly #warn: (warning: KeyWarning) => void;
  readonly #now: () => number;
  readonly #signs = new Map<string, Signs>();
  readonly #contents = new Map<string, { count: number; since: number }>();
  #second = 0;
  #looks = 0;

  /** @param now milliseconds since 1970; default: this process's clock, which is what a bad key would be made of */
  constructor(warn: (warning: KeyWarning) => void, now: () => number = Date.now) {
    this.#warn = warn;
    this.#now = now;
  }

  /** Takes note of an intent that its submission made. */
  created(action: AnyAction, submission: Submission, redelivered = false): void {
    const now = this.#now();
    if (redelivered) this.#sign(action, 'unseen-on-redelivery', submission.id, now);
    if (!this.#mayLook(now) || submission.input.length > MAX_LENGTH) return;
    const input: unknown = JSON.parse(submission.input);
    for (const path of action.key) {
      const value = valueAt(input, path);
      if (looksLikeNow(value, now)) this.#sign(action, 'looks-like-now', submission.id, now, path);
      else if (looksFresh(value, now)) this.#sign(action, 'looks-fresh', submission.id, now, path);
    }
    if (this.#isBurst(action, input, now)) this.#sign(action, 'near-equal-burst', submission.id, now);
  }

  #mayLook(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#looks = 0;
    }
    this.#looks += 1;
    return this.#looks <= LOOKS_A_SECOND;
  }

  /** Whether this is one of many intents that differ in nothing but key fields that look made. */
  #isBurst(action: AnyAction, input: unknown, now: number): boolean {
    const varying = varyingFields(action, input);
    if (varying.length === 0) return false;
    const rest = canonical(without(input, [...varying, ...action.free]));
    const content = createHash('sha256').update(`${action.name} ${rest}`).digest('base64');
    const before = this.#contents.get(content);
    const seen =
      before === undefined || now - before.since > BURST_WITHIN_MS ? { count: 0, since: now } : before;
    seen.count += 1;
    this.#contents.delete(content);
    this.#contents.set(content, seen);
    if (this.#contents.size > REMEMBERED) {
      const [oldest] = this.#contents.keys();
      if (oldest !== undefined) this.#contents.delete(oldest);
    }
    return seen.count >= BURST;
  }

  #sign(action: AnyAction, rule: WatchRule, intentId: string, now: number, path?: string): void {
    if (action.lint.allow.some((one) => one.rule === rule && (one.path ?? path) === path)) return;
    const place = `${rule} ${action.name} ${path ?? ''}`; // as many as the definitions have fields
    const signs = this.#signs.get(place) ?? { count: 0, since: now, warnedAt: -Infinity };
    this.#signs.set(place, signs);
    if (now - signs.since > SIGNS_WITHIN_MS) Object.assign(signs, { count: 0, since: now });
    signs.count += 1;
    if (signs.count < SIGNS[rule] || now - signs.warnedAt < QUIET_MS) return;
    const { count } = signs;
    Object.assign(signs, { count: 0, since: now, warnedAt: now });
    this.#warn({
      rule,
      action: action.name,
      ...(path === undefined ? {} : { path }),
      intentId,
      signs: count,
      ...SAYS[rule],
    });
  }
}

/**
 * The key fields in which near-equal intents may differ: those that aren't the entity's, where the action names one;
 * else those that look made, if another key field ties the intents together.
 */
function varyingFields(action: AnyAction, input: unknown): string[] {
  const { entity, key } = action;
  if (entity !== null) {
    return key.filter(
      (path) => !entity.key.includes(path) && path !== entity.version && looksMade(valueAt(input, path)),
    );
  }
  const made = key.filter((path) => looksMade(valueAt(input, path)));
  return made.length < key.length ? made : [];
}
