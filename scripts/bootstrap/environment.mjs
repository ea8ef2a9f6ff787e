import fs from 'node:fs';
import path from 'node:path';

/**
 * Settings of npm that a user makes on purpose. Everything else that `npm run` adds to the environment
 * would re-point the nested installations.
 */
const kept =
  /^npm_config_(registry|@.+:registry|\/\/.+|(https?_?|no)?_?proxy|cafile|ca|cert|key|strict_ssl|cache|userconfig)$/i;

/**
 * The environment for nested installs and tasks: ours without what npm adds for the script it runs.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)),
  );
}

/**
 * The same, with some folders first on PATH.
 *
 * @param {string[]} folders
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentWith(...folders) {
  const env = cleanEnvironment();
  const name = Object.keys(env).find((one) => /^path$/i.test(one)) ?? 'PATH'; // Windows calls it Path
  return { ...env, [name]: [...folders, env[name] ?? ''].join(path.delimiter) };
}

/**
 * How to call npm: the one that called us, else the one beside this Node, else the one on PATH.
 *
 * @returns {{ file: string, args: string[], shell: boolean }}
 */
export function npmCommand() {
  const bin = path.dirname(process.execPath);
  const scripts = [
    process.env.npm_execpath ?? '',
    path.join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  const script = scripts.find((file) => /npm-cli\.[cm]?js$/.test(file) && fs.existsSync(file));
  return script
    ? { file: process.execPath, args: [script], shell: false }
    : { file: 'npm', args: [], shell: process.platform === 'win32' };
}

/** Whether this Linux has musl instead of glibc, for which there are no binaries on npm. */
export function isMusl() {
  if (process.platform !== 'linux') return false;
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report?.getReport() ?? {}
  );
  return !report.header?.glibcVersionRuntime;
}

/**
 * Whether a folder, or the nearest one above it that exists, can be written to by this user.
 *
 * @param {string} folder
 * @returns {boolean}
 */
export function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    const above = path.dirname(folder);
    return !fs.existsSync(folder) && above !== folder && isWritable(above);
  }
}
