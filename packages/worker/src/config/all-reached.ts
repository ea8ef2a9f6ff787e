import { LatchkeyError, Unreachable } from '@latchkey/core';

/**
 * Waits for all that a process starts on, so that a wrong address fails the start instead of hanging it.
 *
 * Only the start is checked: what goes away later is waited for.
 *
 * @throws {Unreachable} naming everything that can't be reached.
 */
export async function allReached<A, B>(looks: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const reasons = (await Promise.allSettled(looks))
    .filter((one) => one.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  const unexpected = reasons.find((reason) => !(reason instanceof LatchkeyError));
  if (unexpected !== undefined) throw unexpected;
  const [first, second] = reasons as LatchkeyError[];
  if (first === undefined) return Promise.all(looks);
  throw second === undefined
    ? first
    : new Unreachable(`${first.message}\n${second.message}`, { cause: first });
}
