import { readFileSync } from 'node:fs';
import type { FaultPoint } from '../worker/setup/worker-process.ts';
import type { Child } from './child.ts';
import type { Fault, Scene } from './fault.ts';
import { TIMING } from './soak-actions.ts';

/** How long an order may wait for an intent to come by, in milliseconds. */
const STRIKE_MS = 6_000;
/** Longest wait for a worker that was told to leave, in milliseconds. */
const LEAVE_MS = 60_000;

/** Faults that end a process, or hold it up. */
export const processFaults: readonly Fault[] = [
  {
    name: 'worker killed, whatever it does',
    at: 'worker',
    strike: async (scene) => ended(someWorker(scene), 'SIGKILL'),
  },
  ...(['claimed', 'sending', 'performed', 'recorded'] as const).map(killedAt),
  {
    name: 'worker told to leave (SIGTERM)',
    at: 'worker',
    strike: async (scene) => {
      const child = someWorker(scene);
      if (child === undefined) return false;
      child.signal('SIGTERM');
      const end = await within(child.exited, LEAVE_MS);
      if (end === 0) return true;
      scene.crew.incidents.push(`${child.name} was told to leave and did not (${end ?? 'it stayed'})`);
      child.signal('SIGKILL');
      return false;
    },
  },
  {
    name: 'worker told to leave twice',
    at: 'worker',
    strike: async (scene) => {
      const child = someWorker(scene);
      if (child === undefined) return false;
      child.signal('SIGTERM');
      await scene.pause(30);
      child.signal('SIGTERM');
      const end = await within(child.exited, LEAVE_MS);
      if (end === undefined) child.signal('SIGKILL');
      return end !== undefined;
    },
  },
  {
    name: 'worker paused past its lease',
    at: 'worker',
    strike: (scene) => paused(scene, someWorker(scene)),
  },
  {
    name: 'worker paused between check and send',
    at: 'worker',
    strike: (scene) => pausedAtSend(scene, someWorker(scene)),
  },
  {
    name: "worker's event loop blocked",
    at: 'worker',
    strike: (scene) => blocked(scene, someWorker(scene)),
  },
  {
    name: 'lasting worker paused past its lease',
    at: 'elder',
    strike: (scene) => paused(scene, scene.crew.elder),
  },
  {
    name: 'lasting worker paused between check and send',
    at: 'elder',
    strike: (scene) => pausedAtSend(scene, scene.crew.elder),
  },
  {
    name: 'producer killed',
    at: 'producer',
    strike: async ({ producers }) => ended(producers.current, 'SIGKILL'),
  },
];

function killedAt(point: FaultPoint): Fault {
  const where = point === 'sending' ? 'between check and send' : `after \`${point}\``;
  return {
    name: `worker killed ${where}`,
    at: 'worker',
    strike: async (scene) => {
      const child = someWorker(scene);
      if (child === undefined) return false;
      child.tell({ order: 'strike', point, how: 'SIGKILL' });
      if (!(await struck(child))) return false;
      child.doom();
      return (await within(child.exited, 5_000)) === 'SIGKILL';
    },
  };
}

/** An order that nothing came by for is taken back. */
async function struck(child: Child): Promise<boolean> {
  if (await child.says('struck', STRIKE_MS)) return true;
  child.tell({ order: 'spare' });
  return false;
}

async function ended(child: Child | undefined, signal: NodeJS.Signals): Promise<boolean> {
  if (child === undefined) return false;
  child.signal(signal);
  return (await within(child.exited, 5_000)) === signal;
}

async function paused(scene: Scene, child: Child | undefined): Promise<boolean> {
  if (child === undefined || !child.wasReady()) return false;
  child.signal('SIGSTOP');
  await scene.pause(pauseMs(scene));
  const landed = isStopped(child);
  child.signal('SIGCONT');
  return landed;
}

async function pausedAtSend(scene: Scene, child: Child | undefined): Promise<boolean> {
  if (child === undefined || !child.wasReady()) return false;
  child.tell({ order: 'strike', point: 'sending', how: 'SIGSTOP' });
  const landed = await struck(child);
  // it may be struck while it is being spared, so that it is woken in any case
  await scene.pause(landed ? pauseMs(scene) : 1_000);
  const stopped = isStopped(child);
  child.signal('SIGCONT');
  return landed && stopped;
}

async function blocked(scene: Scene, child: Child | undefined): Promise<boolean> {
  if (child === undefined) return false;
  const ms = pauseMs(scene);
  child.tell({ order: 'block', ms });
  if (!(await child.says('blocked', 2_000))) return false;
  await scene.pause(ms);
  return true;
}

/** From just past the lease to far past deadline and quiet period. */
function pauseMs({ random }: Scene): number {
  return TIMING.leaseMs + 500 + random.below(4_000);
}

function someWorker({ crew, random }: Scene): Child | undefined {
  const { mortal } = crew;
  return mortal.length === 0 ? undefined : random.pick(mortal);
}

/** Linux says so; elsewhere the signal is trusted. */
function isStopped({ pid }: Child): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
