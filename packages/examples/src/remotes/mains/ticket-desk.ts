import { runRemote } from '../remote-process.ts';
import { ticketDesk } from '../ticket-desk.ts';

await runRemote(ticketDesk, process.argv.slice(2));
