import { Argument, type Command } from '@commander-js/extra-typings';
import { invalidConfig } from '../config/faults.ts';
import { faultOf, hashToken, newToken, writeCredential } from '../console/access/credentials.ts';
import { ROLES } from '../console/access/roles.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
The entry goes to standard output, for LATCHKEY_TOKENS or a tokens file; it holds a hash only. The token itself goes to
standard error, once: give it to the person, who logs in with the name, and the token as the password. A name may have
two tokens, so that a new one can replace an old one.

Example:
  latchkey token ada operator >> tokens.txt

${EXIT_CODES_HELP}`;

/** Adds `latchkey token`: makes a token and the entry that lets it in. */
export function addTokenCommand(program: Command, { print, complain }: Surroundings): void {
  program
    .command('token')
    .description('make a token for the console, and the entry of LATCHKEY_TOKENS that lets it in')
    .argument('<name>', 'who it is for, as the history names them')
    .addArgument(new Argument('<role>', 'what they may do').choices(ROLES))
    .option('--json', 'print name, role, token and entry as JSON')
    .addHelpText('after', HELP)
    .action((name, role, { json }) => {
      const token = newToken();
      const sha256 = hashToken(token)?.toString('hex') ?? '';
      const fault = faultOf({ name, role, sha256 });
      if (fault !== null) throw invalidConfig([fault]);
      const entry = writeCredential({ name, role, sha256 });
      if (json) return print(JSON.stringify({ name, role, token, entry }, null, 2));
      print(entry);
      complain(`token of ${name}, shown once: ${token}`);
    });
}
