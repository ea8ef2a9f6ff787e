import type { DerivedIntent } from '@latchkey/core';

/** One agent decision, read and checked. */
export interface Decision {
  /** Its line in the input, from 1. */
  readonly line: number;
  readonly action: string;
  readonly input: unknown;
  /** The input as its schema lets it through. */
  readonly parsed: unknown;
  /** Tenant that the line names. */
  readonly scope: string | undefined;
  /** The business intent that it belongs to. */
  readonly intent: Pick<DerivedIntent, 'id' | 'key' | 'scope' | 'fingerprint'>;
  /** Name of its effect in the remote's own log. */
  readonly business: string;
}

/** A line that can't be used, and why. */
export interface Malformed {
  readonly line: number;
  readonly why: string;
}
