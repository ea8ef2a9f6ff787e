import type { MemorySample } from './child.ts';

/** Shortest run whose memory is judged, in milliseconds: a young process still grows. */
export const JUDGED_MS = 8 * 60_000;
/** Growth over the second half of a run that counts as flat: the larger of so many bytes and so much of what was there. */
const FLAT = { bytes: 6 * 2 ** 20, part: 0.1 } as const;
/** Resident memory follows the allocator's mood, not only ours. */
const FLAT_RSS = { bytes: 24 * 2 ** 20, part: 0.15 } as const;

/** How the memory of one process went. */
export interface MemoryVerdict {
  readonly samples: number;
  /** Bytes at the middle of the run and at its end, by a line through the medians of the second half. */
  readonly heap: readonly [from: number, to: number];
  readonly rss: readonly [from: number, to: number];
  /** `null`: the run was too short to tell. */
  readonly flat: boolean | null;
  readonly why: string;
}

/** Judges the second half of a process's life. */
export function judgeMemory(samples: readonly MemorySample[]): MemoryVerdict {
  const spanMs = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
  const half = samples.slice(Math.floor(samples.length / 2));
  const heap = lineOf(half.map((sample) => sample.heap));
  const rss = lineOf(half.map((sample) => sample.rss));
  const verdict = { samples: samples.length, heap, rss };
  if (spanMs < JUDGED_MS) {
    return { ...verdict, flat: null, why: `too short to judge` };
  }
  const grown = [
    isFlat(heap, FLAT) ? [] : 'the heap grows',
    isFlat(rss, FLAT_RSS) ? [] : 'resident memory grows',
  ].flat();
  return { ...verdict, flat: grown.length === 0, why: grown.join(', ') || 'flat' };
}

function isFlat(
  [from, to]: readonly [number, number],
  { bytes, part }: typeof FLAT | typeof FLAT_RSS,
): boolean {
  return to - from <= Math.max(bytes, from * part);
}

/** Medians of the first and the last third: a peak while a store is away is no growth. */
function lineOf(values: readonly number[]): [number, number] {
  const third = Math.max(1, Math.floor(values.length / 3));
  return [median(values.slice(0, third)), median(values.slice(-third))];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
