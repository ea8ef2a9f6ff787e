import type { Finding } from './search.ts';

/** Schedules a chunk. Fixed, so that a seed means the same schedules on a machine of any size. */
const CHUNK = 10_000;
/** Spreads the seeds of the chunks: 2^32 divided by the golden ratio, an odd number, so that none comes twice. */
const STRIDE = 0x9e37_79b1;

/** A part of a search that can be made by itself. */
export interface Chunk {
  readonly runs: number;
  readonly seed: number;
}

/** What a chunk was made for, and what it came to; plain data, to be sent from thread to thread. */
export type Found = Pick<Finding, 'runs' | 'gaps'> & { readonly report: string | null };

/** Divides a search; the first chunk has the seed itself. */
export function chunksOf(runs: number, seed: number): Chunk[] {
  return Array.from({ length: Math.ceil(runs / CHUNK) }, (_, index) => ({
    runs: Math.min(CHUNK, runs - index * CHUNK),
    seed: (seed + Math.imul(index, STRIDE)) | 0,
  }));
}

/**
 * Works through the chunks, `atOnce` at a time, until one fails; those before it are finished, so that the failure of
 * the first that fails is told, whichever thread was quicker.
 */
export async function inOrder(
  chunks: readonly Chunk[],
  atOnce: number,
  search: (chunk: Chunk) => Promise<Found>,
): Promise<Found[]> {
  const found: Found[] = [];
  let next = 0;
  let last = chunks.length;
  const work = async (): Promise<void> => {
    while (next < last) {
      const index = next;
      next += 1;
      const chunk = chunks[index];
      if (chunk === undefined) return;
      const result = await search(chunk);
      found[index] = result;
      if (result.report !== null) last = Math.min(last, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found.slice(0, last + 1);
}
