import { InvalidConfig } from '../../errors.ts';

/** Qualified and quoted names of the ledger's tables in one schema. */
export interface Tables {
  readonly schema: string;
  readonly intent: string;
  readonly history: string;
  readonly migration: string;
  readonly watermark: string;
  readonly straggler: string;
  readonly turn: string;
  readonly appliedVersion: string;
  readonly notable: string;
  readonly externalObject: string;
  readonly superseded: string;
}

/** Schema that holds the tables unless another is set. */
export const DEFAULT_SCHEMA = 'latchkey';

/**
 * Names the tables of a schema.
 *
 * @throws {InvalidConfig} when the schema's name isn't plain: up to 63 lower-case letters, digits and underscores.
 */
export function tablesOf(schema: string): Tables {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new InvalidConfig(
      `schema ${JSON.stringify(schema)}: use up to 63 lower-case letters, digits and underscores, like ${DEFAULT_SCHEMA}`,
    );
  }
  const table = (name: string) => `"${schema}"."${name}"`;
  return {
    schema,
    intent: table('intent'),
    history: table('history'),
    migration: table('migration'),
    watermark: table('watermark'),
    straggler: table('straggler'),
    turn: table('turn'),
    appliedVersion: table('applied_version'),
    notable: table('notable'),
    externalObject: table('external_object'),
    superseded: table('superseded'),
  };
}
