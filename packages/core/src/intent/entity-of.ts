import { createHash } from 'node:crypto';
import type { AnyAction } from '../action/action.ts';
import { valueAt } from '../action/paths.ts';
import { InvalidKey } from '../errors.ts';
import type { SharedEntity } from '../ledger/ledger.ts';
import { encodeKey, keyScalar } from './encode-key.ts';

/**
 * Names what an intent acts on, across all actions that name the same fields and values within one scope.
 *
 * @throws {InvalidKey} when a field's value can't identify anything, or the version is no whole number.
 */
export function entityOf(action: AnyAction, scope: string | null, input: unknown): SharedEntity | null {
  const { entity } = action;
  if (entity === null) return null;
  const fields = entity.key.map((path) => [path, keyScalar(path, valueAt(input, path))] as const);
  const encoded = encodeKey({ scope, action: 'entity', keyVersion: 1, fields });
  return {
    id: createHash('sha256').update(encoded).digest('hex'),
    rule: entity.rule,
    version: entity.version === undefined ? null : versionAt(entity.version, input),
  };
}

function versionAt(path: string, input: unknown): number {
  const version = valueAt(input, path);
  if (typeof version === 'number' && Number.isSafeInteger(version)) return version;
  throw new InvalidKey(`version field ${path}: a whole number is needed to tell which update is newer`);
}
