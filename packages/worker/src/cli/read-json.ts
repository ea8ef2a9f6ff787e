import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { messageOf } from '@latchkey/core';
import { invalidConfig } from '../config/faults.ts';
import { jsonFault } from '../json-fault.ts';

/**
 * Reads JSON that a flag names: the text itself, `@file`, or `-` for standard input.
 *
 * @throws {InvalidConfig} saying where it stops being JSON, or that the file can't be read.
 */
export async function readJson(flag: string, given: string, cwd: string): Promise<unknown> {
  const from = given === '-' ? 'standard input' : given.startsWith('@') ? given.slice(1) : null;
  const json = await contents(flag, given, cwd);
  const fault = jsonFault(json);
  if (fault === null) return JSON.parse(json) as unknown;
  const where = from === null ? flag : `${flag} (${from})`;
  throw invalidConfig([`${where}: isn't JSON: ${fault}`]);
}

async function contents(flag: string, given: string, cwd: string): Promise<string> {
  if (given === '-') return text(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(path.resolve(cwd, given.slice(1)), 'utf8');
  } catch (error) {
    throw invalidConfig([`${flag}: can't read the file: ${messageOf(error)}`]);
  }
}
