import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskUrl } from './mask-url.ts';

describe('maskUrl', () => {
  test.each([
    ['postgres://app:secret@db:5432/app', 'postgres://app:***@db:5432/app'],
    ['redis://:secret@127.0.0.1:6379/1', 'redis://:***@127.0.0.1:6379/1'],
    ['redis://secret@127.0.0.1:6379', 'redis://***@127.0.0.1:6379'],
    ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
    ['postgres://app:se@cret@db/app', 'postgres://app:***@db/app'],
    ['postgres://app:se/cr?et#@db/app', 'postgres://app:***@db/app'],
    ['postgres://se/cret:x@db/app', 'postgres://***@db/app'],
    ['redis+cluster://:secret@h1:7000,h2:7001', 'redis+cluster://:***@h1:7000,h2:7001'],
    [
      'redis+sentinel://app:secret@s1,s2/m?sentinel_password=other&x=1',
      'redis+sentinel://app:***@s1,s2/m?sentinel_password=***&x=1',
    ],
    ['app:secret@db/app', 'app:***@db/app'],
    ['postgres://db/app?user=app&password=secret&x=1', 'postgres://db/app?user=app&password=***&x=1'],
    ["host=db password='my secret' user=app", 'host=db password=*** user=app'],
  ])('shows %s as %s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked);
  });

  test('never shows a password, whatever is in it', () => {
    const password = fc
      .string({ minLength: 4, maxLength: 40 })
      .filter((text) => !'postgres://app:***@db/app'.includes(text));
    fc.assert(
      fc.property(password, (secret) => {
        expect(maskUrl(`postgres://app:${secret}@db/app`)).not.toContain(secret);
      }),
    );
  });
});
