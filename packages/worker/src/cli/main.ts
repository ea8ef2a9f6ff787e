#!/usr/bin/env node
// before anything else is loaded: an older Node ends at the first import of what it doesn't have, and doesn't say why
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`latchkey needs Node 22.18 or later, and this is ${process.version}`);
  process.exit(2);
}

const { run } = await import('./run.ts');
const { processSurroundings } = await import('./surroundings.ts');
const surroundings = processSurroundings();
surroundings.leave(await run(process.argv.slice(2), surroundings));
