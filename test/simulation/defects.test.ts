import { describe, expect, test } from 'vitest';
import { DEFECTS } from './defects.ts';
import { formatSchedule, parseSchedule } from './schedule.ts';
import { search, tell } from './search.ts';

/** As in the test of the sound core, so that both are measured alike. */
const SEED = 20_261_124;
/** Schedules in which each deliberate mistake has to be found; the sound core plays as many in each world. */
const RUNS = 1_000;
/** A story that a person reads without scrolling. */
const MOST_LINES = 40;

describe.each(DEFECTS)('a deliberate mistake ($what)', ({ world, settings, shows }) => {
  test('is found, and told by a short story that happens again', async () => {
    const { failure } = await search({ worlds: [world], runs: RUNS, seed: SEED, settings });
    expect(failure?.report).toMatch(shows);
    if (failure === null) return;
    expect(failure.lines).toBeLessThanOrEqual(MOST_LINES);
    const again = await tell(parseSchedule(formatSchedule(failure.schedule)), settings);
    expect(again.report).toBe(failure.report);
  });
});
