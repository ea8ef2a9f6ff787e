import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quantile, rateAfterWarmUp, ratioOf, spreadOf, warmUpOf } from './arithmetic.ts';

describe('median and quantile', () => {
  it('take the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('compare numbers, not texts', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('interpolate between the values beside', () => {
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
    expect(quantile([7], 0.99)).toBe(7);
  });

  it('lie between the least and the greatest value, whatever the order', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (list, q) => {
        const { min, max } = spreadOf(list);
        expect(quantile(list, q)).toBeGreaterThanOrEqual(min);
        expect(quantile(list, q)).toBeLessThanOrEqual(max);
        expect(quantile([...list].reverse(), q)).toBe(quantile(list, q));
      }),
    );
  });
});

describe('rateAfterWarmUp', () => {
  it('leaves out the first fifth, however slow it was', () => {
    const slow = Array.from({ length: 20 }, (_, job) => job * 1_000);
    const fast = Array.from({ length: 80 }, (_, job) => 19_000 + (job + 1) * 10);
    expect(rateAfterWarmUp([...slow, ...fast])).toBeCloseTo(100);
  });

  it('sorts what several processes acknowledged side by side', () => {
    const times = Array.from({ length: 1_000 }, (_, job) => (job % 2 === 0 ? job : 1_000 - job));
    expect(rateAfterWarmUp(times)).toBeCloseTo(rateAfterWarmUp(times.toSorted((a, b) => a - b)));
  });

  it('knows how many jobs warm up', () => {
    expect(warmUpOf(1_000)).toBe(200);
    expect(warmUpOf(4)).toBe(0);
  });
});

describe('ratioOf', () => {
  it('compares each round with the same round, so that a slow spell of the machine cancels out', () => {
    expect(ratioOf([50, 5, 50], [100, 10, 100])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it('takes the median of the ratios, not the ratio of the medians', () => {
    expect(ratioOf([10, 20, 90], [10, 10, 100]).median).toBe(1);
  });

  it('leaves out rounds that one of them failed', () => {
    expect(ratioOf([null, 3, 4], [1, 1, null]).median).toBe(3);
    expect(ratioOf([null], [1]).median).toBeNaN();
  });
});
