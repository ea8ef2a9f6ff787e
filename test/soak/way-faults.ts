import type { TcpProxy } from '../faults/tcp-proxy.ts';
import type { Fault, Scene } from './fault.ts';
import type { Ground } from './ground.ts';

/** The four ways in which the way to a server breaks; the proxy in front of it counts what it broke. */
export function wayFaults(
  what: string,
  at: Fault['at'],
  proxyOf: (ground: Ground) => TcpProxy | null,
): Fault[] {
  const strike =
    (how: (proxy: TcpProxy) => unknown, longestMs: number) =>
    async ({ ground, random, pause }: Scene): Promise<boolean> => {
      const proxy = proxyOf(ground);
      if (proxy === null) return false;
      const before = proxy.broken;
      const stalled = proxy.open;
      await how(proxy);
      await pause(500 + random.below(longestMs));
      await proxy.heal();
      return proxy.broken > before || (how === stall && stalled > 0);
    };
  const stall = (proxy: TcpProxy) => proxy.stall();
  return [
    { name: `way to ${what} stalled`, at, strike: strike(stall, 5_000) },
    { name: `way to ${what} reset`, at, strike: strike((proxy) => proxy.reset(), 500) },
    { name: `way to ${what} hangs up`, at, strike: strike((proxy) => proxy.hangUp(), 4_000) },
    { name: `way to ${what} refused`, at, strike: strike((proxy) => proxy.refuse(), 4_000) },
  ];
}
