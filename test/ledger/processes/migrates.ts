// Migrates a schema; answers what it did.
import { migrate } from '@latchkey/core';
import { answer, argument, ready } from './ready.ts';

const { url, schema } = argument<{ url: string; schema: string }>();
await ready();
answer(await migrate({ connectionString: url, schema }));
