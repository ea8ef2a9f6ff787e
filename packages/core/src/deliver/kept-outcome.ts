import type { Ending } from '../ledger/ledger.ts';
import type { DeliveryPorts } from './delivery-ports.ts';

/** An attempt's outcome that could not be written to the ledger yet; plain JSON. */
export interface KeptOutcome {
  readonly token: number;
  readonly ending: Ending;
}

/** Leaves an outcome where the next delivery of the same job finds it. */
export type KeepOutcome = (kept: KeptOutcome) => Promise<void>;

/** Reads a kept outcome out of what came with a job; `null` where it isn't one. */
export function readKept(value: unknown): KeptOutcome | null {
  if (typeof value !== 'object' || value === null) return null;
  const { token, ending } = value as Partial<KeptOutcome>;
  const known = ['succeeded', 'failed', 'pending', 'in_doubt'].includes(ending?.state ?? '');
  return Number.isSafeInteger(token) && known ? (value as KeptOutcome) : null;
}

/**
 * Records what an earlier delivery left behind, so that its effect isn't performed again; nothing where the intent has
 * gone on meanwhile. Answers whether it was recorded.
 */
export async function recordKept(ports: DeliveryPorts, id: string, kept: KeptOutcome): Promise<boolean> {
  const record = await ports.ledger.find(id);
  if (record === null || record.token !== kept.token) return false;
  const { kind } = await ports.ledger.record(record, kept.ending);
  ports.log.info(
    { intentId: id, attempt: kept.token, outcome: kept.ending.state, kind },
    'kept outcome recorded',
  );
  return kind === 'recorded';
}
