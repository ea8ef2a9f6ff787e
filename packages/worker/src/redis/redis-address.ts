/** A host and its port. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

interface Account {
  readonly username?: string;
  readonly password?: string;
}

/** Where Redis is: one server, the nodes of a cluster, or the Sentinels that know the master. */
export type RedisAddress = Account & { readonly tls: boolean } & (
    | { readonly kind: 'single'; readonly url: string }
    | { readonly kind: 'cluster'; readonly nodes: readonly Place[] }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly Place[];
        /** Name under which the Sentinels know the master. */
        readonly name: string;
        readonly db: number;
        /** What the Sentinels themselves ask for; they often ask for nothing. */
        readonly sentinelAccount: Account;
      }
  );

const FORM = /^([a-z+-]+):\/\/(?:(.*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;
const SCHEMES = /^(rediss?)(?:\+(cluster|sentinel))?$/;
const PORTS = { cluster: 6379, sentinel: 26_379 } as const;

/** Ways of writing that other clients know, and ours for them. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^redis(s?)-(cluster|sentinel)$/, 'redis$1+$2'],
  [/^(cluster|sentinel)$/, 'redis+$1'],
  [/^redis\+(cluster|sentinel)s$/, 'rediss+$1'],
];

/**
 * Reads a Redis URL of one of the three forms; see `QueueSettings.redisUrl`.
 *
 * The form of Sentinel's is the one that clients in Python and Java share, `sentinel_username` and
 * `sentinel_password` included. `redis://…?cluster=true` is another way to write `redis+cluster://`.
 *
 * @throws {Error} whose message says what is wrong, without showing what was given.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme = '', user, hosts = '', path = '', query = ''] = FORM.exec(url) ?? [];
  const form = SCHEMES.exec(scheme.toLowerCase());
  if (form === null) throw new Error(schemeFault(scheme.toLowerCase()));
  if (user !== undefined && /[/?#]/.test(user)) {
    throw new Error('its password holds /, ? or #, which must be percent-encoded');
  }
  const options = new URLSearchParams(query);
  const kind = form[2] ?? (options.get('cluster') === 'true' ? 'cluster' : 'single');
  const access = { tls: form[1] === 'rediss', ...accountOf(user) };
  if (kind === 'cluster') return { ...access, kind, nodes: clusterNodes(hosts, path, options) };
  if (kind === 'sentinel') return { ...access, kind, ...sentinelParts(hosts, path, options) };
  if (hosts.includes(',')) {
    throw new Error('it names several hosts: write redis+cluster:// or redis+sentinel://…/name');
  }
  if (URL.parse(url) === null || hosts === '') throw new Error('its host or port is malformed');
  return { ...access, kind: 'single', url };
}

function schemeFault(scheme: string): string {
  const hint = HINTS.find(([pattern]) => pattern.test(scheme));
  return hint === undefined
    ? 'it must begin with redis://, rediss://, redis+cluster:// or redis+sentinel://'
    : `did you mean ${scheme.replace(...hint)}://?`;
}

function clusterNodes(hosts: string, path: string, options: URLSearchParams): Place[] {
  if (path !== '' && path !== '0') throw new Error('a cluster has no database but 0');
  refuseUnknown(options, ['cluster']);
  return placesOf(hosts, PORTS.cluster);
}

function sentinelParts(hosts: string, path: string, options: URLSearchParams) {
  refuseUnknown(options, ['sentinel_username', 'sentinel_password']);
  const [name = '', db = '0', ...more] = path.split('/');
  if (name === '') throw new Error('the name of the master is missing after the hosts, like /mymaster');
  if (!/^\d{1,5}$/.test(db) || more.length > 0) throw new Error('after the name there is at most a database');
  const username = options.get('sentinel_username');
  const password = options.get('sentinel_password');
  return {
    sentinels: placesOf(hosts, PORTS.sentinel),
    name: decoded(name),
    db: Number(db),
    sentinelAccount: { ...(username ? { username } : {}), ...(password ? { password } : {}) },
  };
}

function refuseUnknown(options: URLSearchParams, known: readonly string[]): void {
  const unknown = [...options.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`it has an unknown option ${unknown}; known are ${known.join(' and ')}`);
  }
}

function placesOf(hosts: string, defaultPort: number): Place[] {
  return hosts.split(',').map((one) => {
    const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(one) ?? [];
    const host = bracketed ?? plain;
    const number = port === undefined ? defaultPort : Number(port);
    if (host === undefined || number < 1 || number > 65_535) throw new Error('a host or port is malformed');
    return { host, port: number };
  });
}

function accountOf(user: string | undefined): Account {
  if (user === undefined || user === '') return {};
  const colon = user.indexOf(':');
  const username = decoded(colon < 0 ? user : user.slice(0, colon));
  const password = colon < 0 ? '' : decoded(user.slice(colon + 1));
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('a % in it must be written as %25');
  }
}
