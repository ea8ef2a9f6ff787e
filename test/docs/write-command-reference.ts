import { readFileSync, writeFileSync } from 'node:fs';
import { commandReference, exitCodesTable } from './command-reference.ts';

// Brings docs/cli.md up to date: node --conditions=@latchkey/source test/docs/write-command-reference.ts

const page = new URL('../../docs/cli.md', import.meta.url);
const text = readFileSync(page, 'utf8')
  .replace(
    /<!-- reference -->\n[\s\S]*<!-- end of reference -->/,
    () => `<!-- reference -->\n${commandReference()}\n<!-- end of reference -->`,
  )
  .replace(/\| code \| \|\n\| --- \| --- \|(?:\n\| \d.*)*/, () => exitCodesTable());
writeFileSync(page, text);
