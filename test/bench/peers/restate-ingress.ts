import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Producer } from '../contender.ts';

/** Invocations under way at once, as streams of one connection. */
const lanes = 400;

/**
 * Sends one-way invocations, each with the job's key as its idempotency key, by HTTP/2: the page "HTTP" on invocations
 * has the form of the requests. The typed client makes the same requests by `fetch`, which costs a producer more than
 * twice the time.
 *
 * @param handler the path of the handler at the ingress
 */
export async function sendTo(
  ingress: string,
  handler: string,
  keyOf: (job: number) => string,
): Promise<Producer> {
  const session = connect(ingress);
  await once(session, 'connect');
  const add = (job: number): Promise<void> =>
    send(session, job, { ':path': `${handler}/send`, 'idempotency-key': keyOf(job) });
  return {
    async addMany(from, to) {
      let next = from;
      const lane = async (): Promise<void> => {
        while (next < to) await add(next++);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
    },
    add,
    async close() {
      const closed = once(session, 'close');
      session.close();
      await closed;
    },
  };
}

async function send(
  session: ClientHttp2Session,
  job: number,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const stream = session.request({ ':method': 'POST', 'content-type': 'application/json', ...headers });
  stream.end(JSON.stringify(job));
  const ended = once(stream, 'end');
  ended.catch(() => {}); // an error before the answer is thrown by what waits for the answer
  const [answer] = (await once(stream, 'response')) as [{ ':status'?: number }];
  stream.resume();
  await ended;
  const status = answer[':status'] ?? 0;
  if (status < 200 || status > 299)
    throw new Error(`Restate did not take job ${job}: HTTP status ${status}.`);
}
