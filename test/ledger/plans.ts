import pg from 'pg';
import type { OwnSchema } from './own-schema.ts';

/** A node of a plan that was carried out, as far as tests look at it. */
export interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Rows that a scan has read. */
export const readBy = (scan: Plan): number =>
  (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'];

/** Runs a statement in a transaction with these settings, which ends without a trace; answers the scans of its plan. */
export async function scansWithin(
  { url }: OwnSchema,
  settings: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Plan[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`begin; ${settings}`);
    const { rows } = await client.query(`explain (analyze, timing off, format json) ${text}`, [...values]);
    return nodesOf(rows[0]['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name'] !== undefined);
  } finally {
    await client.end();
  }
}
