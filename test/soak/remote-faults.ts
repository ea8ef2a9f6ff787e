import type { FaultSettings } from '../../packages/examples/src/remotes/faults.ts';
import type { Fault } from './fault.ts';
import { type RemoteName, USUAL_FAULTS } from './ground.ts';
import { TIMING } from './soak-actions.ts';
import { wayFaults } from './way-faults.ts';

const MISBEHAVIOUR: Readonly<Record<string, FaultSettings>> = {
  'answers 500 after the effect': { ...USUAL_FAULTS, errorAfterCommit: 1 },
  'drops the connection after the effect': { ...USUAL_FAULTS, dropAfterCommit: 1 },
  'answers after the deadline': { slowMs: TIMING.deadlineMs + 500, slow: 1 },
  'is busy (503, Retry-After)': { ...USUAL_FAULTS, refuse: 1 },
  'declines (422)': { ...USUAL_FAULTS, decline: 1 },
};

/** Faults of the two remotes, and of the ways there; each strikes one of them. */
export const remoteFaults: readonly Fault[] = [
  ...Object.entries(MISBEHAVIOUR).map(([what, faults]) => misbehaves(what, faults)),
  ...(['plain', 'keyed'] as const).flatMap((name) =>
    wayFaults(`the ${name} remote`, 'remote', ({ proxies }) => proxies[name]).map(withTrouble),
  ),
];

function misbehaves(what: string, faults: FaultSettings): Fault {
  return withTrouble({
    name: `remote ${what}`,
    at: 'remote',
    strike: async ({ ground, random, pause }) => {
      const remote = ground.remotes[random.pick<RemoteName>(['plain', 'keyed'])];
      const before = await landed();
      await remote.setFaults(faults);
      await pause(1_000 + random.below(3_000));
      await remote.setFaults(USUAL_FAULTS);
      return (await landed()) > before;

      async function landed(): Promise<number> {
        const counts = (await remote.stats()).faults;
        const names = Object.keys(counts) as (keyof typeof counts)[];
        const other = names.filter((name) => name !== 'slowMs' || faults.slow === 1);
        return other.reduce((sum, name) => sum + counts[name], 0);
      }
    },
  });
}

/** People look at a remote only when it has been well for a while. */
function withTrouble(fault: Fault): Fault {
  return {
    ...fault,
    strike: async (scene) => {
      scene.ground.troubledAt = Number.POSITIVE_INFINITY;
      try {
        return await fault.strike(scene);
      } finally {
        scene.ground.troubledAt = Date.now();
      }
    },
  };
}
