import { vi } from 'vitest';

/** Looks again and again; `expect.poll` doesn't know its test where several run at once. */
export const eventually = (assertion: () => Promise<void>): Promise<void> =>
  vi.waitFor(assertion, { timeout: 25_000, interval: 100 });
