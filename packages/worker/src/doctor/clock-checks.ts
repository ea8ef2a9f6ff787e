import { type Check, ok, warn } from './check.ts';

/** How far the clocks are apart, in milliseconds: positive where the server's is ahead of ours. */
export interface ClocksToJudge {
  readonly server: 'PostgreSQL' | 'Redis';
  readonly aheadMs: number;
  /** Half of the way there and back: the clock can't be known better. */
  readonly errorMs: number;
}

/** Delays of jobs and times in logs that are so far off confuse people. */
const APART_MS = 5_000;

/** Checks of this machine's clock against the servers'. */
export const CLOCK_CHECKS: readonly Check<ClocksToJudge>[] = [
  {
    subject: 'clocks',
    name: 'difference',
    how: '`clock_timestamp()`, `TIME`, against this machine',
    orElse: "BullMQ's delayed jobs run early or late; leases and due times go by PostgreSQL's clock alone",
    judge: ({ server, aheadMs, errorMs }) => {
      const apartMs = Math.abs(aheadMs);
      if (apartMs - errorMs <= APART_MS) return ok(`within ${APART_MS / 1000} s of ${server}'s`);
      const way = aheadMs < 0 ? 'ahead of' : 'behind';
      return warn(
        `this machine is ${(apartMs / 1000).toFixed(1)} s ${way} ${server}`,
        'set both by NTP; until then delayed jobs come early or late',
      );
    },
  },
];
