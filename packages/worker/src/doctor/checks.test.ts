import { describe, expect, test } from 'vitest';
import { judge } from './check.ts';
import { CLOCK_CHECKS } from './clock-checks.ts';
import { POSTGRES_CHECKS, type PostgresToJudge } from './postgres-checks.ts';

const sound: PostgresToJudge = {
  version: '18.4',
  versionNumber: 180_004,
  fsync: true,
  fullPageWrites: true,
  synchronousCommit: 'on',
  synchronousStandbyNames: '',
  standbys: [],
  inRecovery: false,
  readOnly: false,
  encoding: 'UTF8',
  connections: { limit: 100, used: 10 },
  pooled: false,
  clockAheadMs: 0,
  clockErrorMs: 1,
  needed: 54,
};

const wrong = (changes: Partial<PostgresToJudge>): string[] =>
  judge(POSTGRES_CHECKS, { ...sound, ...changes })
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ check, verdict, found }) => `${verdict} ${check}: ${found}`);

describe('the checks of PostgreSQL', () => {
  test.each<[Partial<PostgresToJudge>, string[]]>([
    [{}, []],
    [{ version: '12.1', versionNumber: 120_001 }, ['refuse version: 12.1']],
    [{ inRecovery: true, readOnly: true }, ['refuse writable: a standby, which takes no writes']],
    [{ fullPageWrites: false }, ['warn full_page_writes: off']],
    [{ synchronousCommit: 'local' }, []],
    [
      {
        synchronousCommit: 'local',
        synchronousStandbyNames: 'a',
        standbys: [{ name: 'a', syncState: 'sync' }],
      },
      ['warn synchronous_commit: local, with a standby'],
    ],
    [{ standbys: [{ name: 'a', syncState: 'async' }] }, ['warn standbys: asynchronous: a']],
    [
      {
        synchronousStandbyNames: 'a',
        standbys: [
          { name: 'a', syncState: 'sync' },
          { name: 'b', syncState: 'async' },
        ],
      },
      [],
    ],
    [
      { synchronousStandbyNames: 'a' },
      ['warn standbys: none attached, though synchronous_standby_names is a'],
    ],
    [{ synchronousStandbyNames: 'a', standbys: [{ name: '7', syncState: null }] }, []],
    [{ standbys: [{ name: '7', syncState: null }] }, ['warn standbys: asynchronous: 7']],
    [{ pooled: true }, ['warn pooler: a pooler stands in between']],
    [{ connections: { limit: 20, used: 30 } }, ['warn connections: 0 of 20 free, this process may open 54']],
  ])('of %o find %o', (changes, findings) => {
    expect(wrong(changes)).toEqual(findings);
  });
});

test('clocks may differ by what the way there and back takes, and five seconds', () => {
  const verdicts = [4_900, -5_900, 6_200, -6_200].map((aheadMs) =>
    judge(CLOCK_CHECKS, { server: 'Redis', aheadMs, errorMs: 1_000 }).map(({ verdict, found }) =>
      verdict === 'ok' ? verdict : found,
    ),
  );
  expect(verdicts).toEqual([
    ['ok'],
    ['ok'],
    ['this machine is 6.2 s behind Redis'],
    ['this machine is 6.2 s ahead of Redis'],
  ]);
});
