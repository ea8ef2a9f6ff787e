import { describe, expect, test } from 'vitest';
import { type Chunk, chunksOf, inOrder } from './chunks.ts';

const sound = ({ runs }: Chunk) => ({ runs, gaps: 0, report: null });

describe('a search in chunks', () => {
  test('plays as many schedules as asked, the first ones under the seed itself', () => {
    const chunks = chunksOf(1_000_000, 42);
    expect(chunks.reduce((sum, { runs }) => sum + runs, 0)).toBe(1_000_000);
    expect(chunks[0]?.seed).toBe(42);
    expect(chunksOf(300, 42)).toEqual([{ runs: 300, seed: 42 }]);
  });

  test('has other seeds in each, and the same ones every time', () => {
    const seeds = chunksOf(100_000_000, 2 ** 31 - 1).map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(chunksOf(100_000_000, 2 ** 31 - 1).map(({ seed }) => seed)).toEqual(seeds);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed === (seed | 0))).toBe(true);
  });

  test('tells the first failure, whichever was found first', async () => {
    const chunks = chunksOf(60_000, 1);
    const [slow, quick] = [chunks[2], chunks[3]];
    const gate = Promise.withResolvers<void>();
    const found = await inOrder(chunks, 4, async (chunk) => {
      if (chunk === quick) gate.resolve();
      if (chunk === slow) await gate.promise;
      return chunk === slow || chunk === quick
        ? { ...sound(chunk), report: chunk === slow ? 'slow' : 'quick' }
        : sound(chunk);
    });
    expect(found.map(({ report }) => report)).toEqual([null, null, 'slow']);
  });

  test('begins nothing more once one has failed', async () => {
    const begun: number[] = [];
    await inOrder(chunksOf(100_000, 1), 1, async (chunk) => {
      begun.push(chunk.seed);
      return { ...sound(chunk), report: begun.length === 2 ? 'failed' : null };
    });
    expect(begun).toHaveLength(2);
  });
});
