import { runRemote } from '../remote-process.ts';
import { site } from '../site.ts';

await runRemote(site, process.argv.slice(2));
