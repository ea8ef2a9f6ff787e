// Writes the shipped file anew: node --conditions=@latchkey/source packages/examples/src/data/write-decisions.ts
import { writeFile } from 'node:fs/promises';
import { decisionsFile, decisionsText } from './decisions-file.ts';

await writeFile(decisionsFile, decisionsText());
