import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from './redis-address.ts';

const faultOf = (url: string): string => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('a Redis URL', () => {
  test('of one server is left as it is', () => {
    const url = 'redis://:secret@127.0.0.1:6379/1?family=6';
    expect(parseRedisUrl(url)).toMatchObject({ kind: 'single', url, tls: false, password: 'secret' });
  });

  test('of a cluster names some of its nodes, in either way of writing', () => {
    const nodes = [
      { host: 'h1', port: 7000 },
      { host: '10.0.0.2', port: 6379 },
      { host: '::1', port: 7002 },
    ];
    const cluster = { kind: 'cluster', tls: false, nodes, username: 'app', password: 'p@ss,/w' };
    expect(parseRedisUrl('redis+cluster://app:p%40ss%2C%2Fw@h1:7000,10.0.0.2,[::1]:7002')).toEqual(cluster);
    expect(parseRedisUrl('redis://app:p%40ss%2C%2Fw@h1:7000,10.0.0.2,[::1]:7002/0?cluster=true')).toEqual(
      cluster,
    );
    expect(parseRedisUrl('rediss+cluster://h1')).toMatchObject({ kind: 'cluster', tls: true });
  });

  test('may hold a bare @ in its password', () => {
    expect(parseRedisUrl('redis+cluster://:p@ss@h1')).toMatchObject({
      password: 'p@ss',
      nodes: [{ host: 'h1' }],
    });
  });

  test('of Sentinels names the master, and may name its database and what the Sentinels ask for', () => {
    expect(parseRedisUrl('redis+sentinel://s1,s2:26380/mymaster')).toEqual({
      kind: 'sentinel',
      tls: false,
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
      ],
      name: 'mymaster',
      db: 0,
      sentinelAccount: {},
    });
    expect(
      parseRedisUrl('rediss+sentinel://:pw@s1/m%2F1/3?sentinel_username=watch&sentinel_password=other'),
    ).toMatchObject({
      tls: true,
      password: 'pw',
      name: 'm/1',
      db: 3,
      sentinelAccount: { username: 'watch', password: 'other' },
    });
  });

  test.each([
    ['http://h', 'it must begin with redis://'],
    ['h:6379', 'it must begin with redis://'],
    ['redis-cluster://h', 'did you mean redis+cluster://?'],
    ['rediss-sentinel://h/m', 'did you mean rediss+sentinel://?'],
    ['sentinel://h/m', 'did you mean redis+sentinel://?'],
    ['redis://h1:7000,h2:7001', 'it names several hosts: write redis+cluster:// or redis+sentinel://…/name'],
    ['redis://:hun/ter2@h', 'its password holds /, ? or #'],
    ['redis+cluster://:a#b@h', 'its password holds /, ? or #'],
    ['redis+sentinel://s1/m?sentinel_password=a@b', 'its password holds /, ? or #'],
    ['redis://:100%@h', 'a % in it must be written as %25'],
    ['redis://', 'its host or port is malformed'],
    ['redis://h:99999', 'its host or port is malformed'],
    ['redis+cluster://h1:7000,', 'a host or port is malformed'],
    ['redis+cluster://h1:0', 'a host or port is malformed'],
    ['redis+cluster://h1/1', 'a cluster has no database but 0'],
    ['redis+cluster://h1?natMap=x', 'it has an unknown option natMap'],
    ['redis+sentinel://s1', 'the name of the master is missing after the hosts, like /mymaster'],
    ['redis+sentinel://s1/m/x', 'after the name there is at most a database'],
    ['redis+sentinel://s1/m?sentinelPassword=x', 'it has an unknown option sentinelPassword; known are'],
  ])('%s is refused: %s', (url, fault) => {
    expect(faultOf(url)).toContain(fault);
    expect(faultOf(url)).not.toMatch(/hun|ter2/);
  });
});
