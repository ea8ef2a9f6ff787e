import { InvalidConfig } from '@latchkey/core';
import type { Setting } from './settings.ts';

/** Where something was to listen, and the settings that say so. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly settings: { readonly host: Named; readonly port: Named };
}

type Named = Pick<Setting<unknown>, 'variable' | 'flag'>;

/** Says why nothing can listen there, and which setting to change; any other error stays as it is. */
export function listenFault(error: unknown, { host, port, settings }: Place): unknown {
  const { code } = error as { code?: unknown };
  if (code === 'EADDRINUSE')
    return new InvalidConfig(
      `port ${port} on ${host} is taken: end what listens there, or choose another with ${named(settings.port)}`,
    );
  if (code === 'EACCES')
    return new InvalidConfig(
      `port ${port} on ${host} may not be used by this user: choose one above 1023 with ${named(settings.port)}`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new InvalidConfig(
      `${host} is no address of this machine: choose another with ${named(settings.host)}`,
    );
  return error;
}

function named({ flag, variable }: Named): string {
  return flag === undefined ? variable : `${flag} (${variable})`;
}
