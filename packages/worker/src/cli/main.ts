#!/usr/bin/env node
import { run } from './run.ts';
import { processSurroundings } from './surroundings.ts';

const surroundings = processSurroundings();
surroundings.leave(await run(process.argv.slice(2), surroundings));
