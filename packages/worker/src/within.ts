/**
 * Waits for some work, but no longer than `limitMs`; then `late` says what comes instead, or throws.
 *
 * The work itself goes on, and what it comes to in the end is dropped, a failure too.
 */
export async function within<T, L>(limitMs: number, work: Promise<T>, late: () => L): Promise<T | L> {
  const over = Promise.withResolvers<true>();
  const timer = setTimeout(() => over.resolve(true), limitMs);
  try {
    const first = await Promise.race([work.then((value) => ({ value })), over.promise]);
    return first === true ? late() : first.value;
  } finally {
    clearTimeout(timer);
  }
}
