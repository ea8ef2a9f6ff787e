// A parent to be killed: starts a server as the argument says, prints where it is, and waits to be killed.
import { startEmbeddedPostgres, startRedis } from '@latchkey/examples/servers';

const [kind, dataDir] = process.argv.slice(2);
const server =
  kind === 'redis'
    ? await startRedis()
    : await startEmbeddedPostgres(dataDir === undefined ? {} : { dataDir });
const folder = 'dataDir' in server ? server.dataDir : undefined;
console.log(JSON.stringify({ url: server.url, pid: server.pid, folder }));
setInterval(() => {}, 60_000);
