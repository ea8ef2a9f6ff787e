import { existsSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { InvalidConfig } from '@latchkey/core';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs'];
/** Lines of an error that are shown: enough for a message and the way to the place in the user's module. */
const MAX_LINES = 20;

/**
 * Imports a module as `folder` sees it: a path, or the name of a package that is installed there.
 *
 * @throws {InvalidConfig} where it isn't there, or throws while it loads: with its error.
 */
export async function importModule(name: string, folder: string): Promise<object> {
  const file = path.resolve(folder, name);
  const isPath = /^(?:\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(name) || existsSync(file);
  if (isPath) checkFile(file);
  try {
    return isPath
      ? ((await import(pathToFileURL(file).href)) as object)
      : await importPackage(name, pathToFileURL(`${folder}${path.sep}`).href);
  } catch (error) {
    if (!isPath && isMissing(error, name)) {
      throw new InvalidConfig(
        `no file and no installed package is named so, seen from ${folder}; a path begins with ./`,
      );
    }
    throw new InvalidConfig(`loading it failed:\n${indented(stackOf(error))}`, { cause: error });
  }
}

function checkFile(file: string): void {
  if (!existsSync(file)) {
    const meant = EXTENSIONS.map((extension) => file + extension).find((name) => existsSync(name));
    throw new InvalidConfig(
      `there is no file ${file}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    );
  }
  if (statSync(file).isDirectory()) throw new InvalidConfig(`${file} is a folder; name a file in it`);
}

/** Node looks for a package from the module that imports it, which would be ours: a hook puts the folder in its place. */
async function importPackage(name: string, parentURL: string): Promise<object> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === name && context.parentURL === import.meta.url
        ? next(specifier, { ...context, parentURL })
        : next(specifier, context),
  });
  try {
    return (await import(name)) as object;
  } finally {
    hooks.deregister();
  }
}

function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ERR_MODULE_NOT_FOUND' && error.message.startsWith(`Cannot find package '${name}'`);
}

function stackOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
  const lines = text.split('\n').filter((line) => !/^\s+at .*\bnode:internal\//.test(line));
  return lines.slice(0, MAX_LINES).join('\n');
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
