import { describe, expect, it } from 'vitest';
import { authenticate } from './authenticate.ts';
import { type Credential, hashToken, newToken, readCredentials, writeCredential } from './credentials.ts';
import { openFormTokens } from './form-token.ts';
import { foreignOrigin, isLoopback, namesThisMachine } from './same-origin.ts';

const hash = (token: string): string => hashToken(token)?.toString('hex') ?? '';

describe('credentials', () => {
  it('are read from one line or many, with comments', () => {
    const [ada, bob] = [newToken(), newToken()].map(hash);
    const text = `# on call\nada:operator:${ada} # until June\n\nbob:viewer:${bob}`;
    const { credentials, faults } = readCredentials(text);
    expect(faults).toEqual([]);
    expect(credentials.map(({ name, role }) => [name, role])).toEqual([
      ['ada', 'operator'],
      ['bob', 'viewer'],
    ]);
    expect(readCredentials(credentials.map(writeCredential).join(',')).credentials).toEqual(credentials);
  });

  it('say what is wrong with an entry, and never show a secret', () => {
    const token = newToken();
    const text = `ada:operator:${token} bob:root:${hash(token)} eve:viewer:1234 ada:viewer:${hash(token)} ada:operator:${hash(token)} lone`;
    const said = readCredentials(text).faults.join('\n');
    expect(said).toMatch(/entry 1: ada has a token where its hash belongs/);
    expect(said).toMatch(/entry 2: the role of bob must be viewer, approver or operator/);
    expect(said).toMatch(/entry 3: the hash of eve must be 64 hexadecimal digits/);
    expect(said).toMatch(/entry 6: expected name:role:sha256/);
    expect(said).toMatch(/ada has two roles, viewer and operator/);
    expect(said).not.toContain(token);
  });

  it('let in nobody whose secret is not one of our tokens, even if its hash is listed', () => {
    expect(hashToken('correct horse battery staple')).toBeNull();
    const token = newToken();
    const auth: Credential[] = [{ name: 'ada', role: 'operator', sha256: hash(token) }];
    expect(authenticate(auth, `bearer  ${token}`)).toMatchObject({
      kind: 'known',
      person: { name: 'ada', ambient: false },
    });
    expect(authenticate(auth, `Bearer ${newToken()}`)).toEqual({ kind: 'wrong' });
    expect(authenticate(auth, undefined)).toEqual({ kind: 'none' });
    expect(authenticate([], `Bearer ${token}`)).toEqual({ kind: 'wrong' });
  });
});

describe('form tokens', () => {
  const ada: Credential = { name: 'ada', role: 'operator', sha256: 'a'.repeat(64) };

  it('hold for one person and one address, for half a day, in every console of the same configuration', () => {
    let now = 1_000_000;
    const [one, two] = [openFormTokens([ada], () => now), openFormTokens([ada], () => now)];
    const token = one.make('ada', '/intents/1/approve');
    expect(two.check(token, 'ada', '/intents/1/approve')).toBe(true);
    expect(two.check(token, 'bob', '/intents/1/approve')).toBe(false);
    expect(two.check(token, 'ada', '/intents/1/reject')).toBe(false);
    expect(openFormTokens([], () => now).check(token, 'ada', '/intents/1/approve')).toBe(false);
    expect(one.check(undefined, 'ada', '/intents/1/approve')).toBe(false);
    now += 12 * 3_600_000;
    expect(one.check(token, 'ada', '/intents/1/approve')).toBe(false);
  });
});

describe('an origin', () => {
  it('is this console’s own, or foreign', () => {
    const host = 'console.example:4180';
    expect(foreignOrigin({ host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' })).toBeNull();
    expect(foreignOrigin({ host, origin: `http://${host}` })).toBeNull();
    expect(foreignOrigin({ host, 'sec-fetch-site': 'same-origin' })).toBeNull();
    expect(foreignOrigin({ host, origin: 'https://console.example' })).not.toBeNull();
    expect(foreignOrigin({ host, origin: 'null' })).not.toBeNull();
    expect(foreignOrigin({ host, origin: `https://${host}`, 'sec-fetch-site': 'none' })).not.toBeNull();
    expect(foreignOrigin({ host })).not.toBeNull();
  });

  it('names this machine only by its loopback names', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(
      ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', 'localhost.example'].map(isLoopback),
    ).not.toContain(true);
    expect(namesThisMachine('[::1]:4180')).toBe(true);
    expect(namesThisMachine('evil.example')).toBe(false);
    expect(namesThisMachine(undefined)).toBe(false);
  });
});
