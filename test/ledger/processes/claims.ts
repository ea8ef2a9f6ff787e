// Claims every intent that it is told, all at once; answers the ids that were granted.
import { randomUUID } from 'node:crypto';
import { PostgresLedger } from '@latchkey/core';
import { answer, argument, ready } from './ready.ts';

const { url, schema, ids } = argument<{ url: string; schema: string; ids: string[] }>();
const ledger = await PostgresLedger.open({ databaseUrl: url, schema });
await ledger.find(randomUUID());
await ready();
const claims = await Promise.all(
  ids.map((id) => ledger.claim({ id, claimant: randomUUID(), kind: 'idempotent', leaseMs: 60_000 })),
);
answer(ids.filter((_, n) => claims[n]?.kind === 'claimed'));
await ledger.close();
