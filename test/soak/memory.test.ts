import { describe, expect, it } from 'vitest';
import type { MemorySample } from './child.ts';
import { judgeMemory } from './memory.ts';

const MIB = 2 ** 20;

/** A sample every five seconds. */
function samplesOf(minutes: number, heapAt: (part: number) => number, rss = 150 * MIB): MemorySample[] {
  const count = minutes * 12;
  return Array.from({ length: count }, (_, n) => {
    return { at: n * 5_000, rss, heap: heapAt(n / count), external: 0, open: 10 };
  });
}

describe('judgeMemory', () => {
  it('calls flat what grew while young, and what peaks now and then', () => {
    const heap = (part: number) => (part < 0.3 ? part * 100 : 30) * MIB + (part * 100 < 81 ? 0 : 2 * MIB);
    expect(judgeMemory(samplesOf(30, heap))).toMatchObject({ flat: true, why: 'flat' });
    expect(
      judgeMemory(samplesOf(30, (part) => (Math.round(part * 360) % 20 === 0 ? 90 : 30) * MIB)).flat,
    ).toBe(true);
  });

  it('finds a heap that grows steadily', () => {
    expect(judgeMemory(samplesOf(30, (part) => (30 + 30 * part) * MIB))).toMatchObject({
      flat: false,
      why: 'the heap grows',
    });
  });

  it('does not judge a short run', () => {
    expect(judgeMemory(samplesOf(2, (part) => (30 + 300 * part) * MIB)).flat).toBeNull();
  });
});
