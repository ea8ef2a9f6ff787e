import { faultKind, type LogRecord, readLog } from '../remotes/log-record.ts';

/** One effect that a remote made, as its own log tells it. */
export type LoggedEffect = LogRecord;

/**
 * Reads the effects that a remote made, in order.
 *
 * The remote may have been killed: a torn last line was never answered and isn't an effect. Throws where the file is
 * missing or damaged elsewhere, since a wrong path must not pass for "no effects".
 */
export async function readEffects(logFile: string): Promise<LoggedEffect[]> {
  const { records } = await readLog(logFile);
  return records.filter((record) => record.kind !== faultKind);
}

/** A fault that a remote let land. */
export interface LandedFault {
  readonly at: string;
  /** Name of the fault: `dropAfterCommit`, `refuse`, … */
  readonly fault: string;
  /** Business key of the effect that it hit; for a refusal the path, or nothing. */
  readonly business: string;
}

/** Reads the faults that demonstrably landed on a remote, in order; throws as `readEffects` does. */
export async function readFaults(logFile: string): Promise<LandedFault[]> {
  const { records } = await readLog(logFile);
  return records
    .filter((record) => record.kind === faultKind)
    .map(({ at, business, detail }) => ({ at, business, fault: String(detail.fault) }));
}

/** Counts effects by business key. */
export function countEffects(effects: readonly LoggedEffect[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { business } of effects) counts.set(business, (counts.get(business) ?? 0) + 1);
  return counts;
}

/**
 * Finds the effects that were made more than once, by business key; empty where all is well.
 *
 * @example
 * expect(duplicatesIn(await readEffects(desk.logFile))).toEqual(new Map());
 */
export function duplicatesIn(effects: readonly LoggedEffect[]): Map<string, LoggedEffect[]> {
  const byBusiness = Map.groupBy(effects, (effect) => effect.business);
  return new Map([...byBusiness].filter(([, made]) => made.length > 1));
}
