// What a user of the published packages writes. It is copied into an empty project, checked and run there.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineAction, deriveIntent, idempotent, migrate } from '@latchkey/core';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@latchkey/examples/servers';
import { z } from 'zod';

const ticket = z.object({ caseId: z.string(), title: z.string() });

const openTicket = defineAction({
  name: 'ticket.create',
  input: ticket,
  key: ['caseId'],
  free: ['title'],
  effect: idempotent({
    keyTtlMs: 86_400_000,
    perform: async ({ caseId }: z.infer<typeof ticket>, { intentId }) => ({ result: { caseId, intentId } }),
  }),
});

const intent = await deriveIntent(openTicket, { caseId: 'CASE-1042', title: 'Printer on fire' });
const dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'latchkey-consumer-')), 'postgres');
const postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir });
const migrated = await migrate({ connectionString: postgres.url, schema: 'latchkey' });
await postgres.stop();
console.log(JSON.stringify({ key: intent.key, migrated, dataDir: postgres.dataDir }));
