/** A failure that a person can act on: it says what is wrong and what to do about it. */
export class BootstrapFailure extends Error {
  /**
   * @param {string} wrong what is wrong, one sentence
   * @param {string} todo what to do about it
   */
  constructor(wrong, todo) {
    super(wrong);
    this.name = 'BootstrapFailure';
    this.todo = todo;
  }
}

/** What the output of npm or pnpm gives away, most specific first. */
const causes = [
  {
    sign: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network request|error sending request|META_FETCH_FAIL/i,
    wrong: 'The package registry cannot be reached.',
    todo: 'Check the network, and the proxy or registry settings of npm (npm config list), then run the same command again.',
  },
  {
    sign: /UNABLE_TO_(VERIFY|GET)|SELF_SIGNED|CERT_|certificate/i,
    wrong: 'The certificate of the package registry is not trusted here.',
    todo: 'Tell npm which certificate to trust (npm config set cafile <file>), then run the same command again.',
  },
  {
    sign: /\bE40[137]\b|ERR_PNPM_FETCH_40[137]/,
    wrong: 'The package registry refused the request.',
    todo: 'Check the credentials of npm for its registry (npm config list), then run the same command again.',
  },
  {
    sign: /ENOSPC|no space left/i,
    wrong: 'The disk is full.',
    todo: 'Free about 1 GB in the checkout and in the home folder, then run the same command again.',
  },
  {
    sign: /EACCES|EPERM|EROFS|permission denied|read-only file system/i,
    wrong: 'A folder that the installation needs cannot be written to.',
    todo: 'Make the checkout and the home folder (caches of npm and pnpm) writable for this user, then run the same command again.',
  },
  {
    sign: /OUTDATED_LOCKFILE|LOCKFILE_CONFIG_MISMATCH/,
    wrong: 'pnpm-lock.yaml does not match the package.json files.',
    todo: 'Run `node scripts/bootstrap.mjs pnpm install` and commit pnpm-lock.yaml.',
  },
];

/**
 * Explains why an installation failed from what npm or pnpm printed.
 *
 * @param {string} what what was being installed
 * @param {{ code: number, output: string }} ended how the installer ended
 */
export function installFailure(what, ended) {
  const cause = causes.find(({ sign }) => sign.test(ended.output));
  return cause
    ? new BootstrapFailure(`Installing ${what} failed. ${cause.wrong}`, cause.todo)
    : new BootstrapFailure(
        `Installing ${what} failed with exit code ${ended.code}.`,
        'Read the messages above; remove node_modules and scripts/tools/*/node_modules to start afresh.',
      );
}
