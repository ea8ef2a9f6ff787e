import { mailbox } from '../mailbox.ts';
import { runRemote } from '../remote-process.ts';

await runRemote(mailbox, process.argv.slice(2));
