import { type Argument, argumentsOfAll, forMany, replyOf } from './many-calls.ts';
import type { RedisClient } from './open-redis.ts';

/** BullMQ's script that ends a job and fetches the next one; the name goes on with BullMQ's version. */
const SCRIPT = 'moveToFinished:';

/** Jobs that are ended in one call at most: Redis serves nobody else meanwhile, which is about a millisecond. */
const MOST = 32;

type Command = (args: readonly Argument[]) => Promise<unknown>;

interface Call {
  readonly args: readonly Argument[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Has the jobs that end in one turn of the event loop end in one call, as they do where a batch of records became durable
 * together. BullMQ's own script runs unchanged, once for each of them: a job is ended, refused and followed by the next
 * one by itself. Nothing waits longer for it than its own turn, and one that ends alone goes alone.
 *
 * @param redis a client on which BullMQ has not defined its scripts yet
 */
export function finishTogether<Client extends RedisClient>(redis: Client): Client {
  const define = redis.defineCommand.bind(redis);
  const commands = redis as unknown as Record<string, Command>;
  redis.defineCommand = (name, definition) => {
    define(name, definition);
    const { numberOfKeys, lua } = definition;
    const one = commands[name];
    if (!name.startsWith(SCRIPT) || numberOfKeys === undefined || one === undefined) return;
    define(`${name}:many`, { numberOfKeys, lua: forMany(lua) });
    const many = commands[`${name}:many`] as Command;
    const apart = (calls: readonly Call[]) => {
      for (const { args, resolve, reject } of calls) one.call(redis, args).then(resolve, reject);
    };
    let isCompiled = true;
    commands[name] = gather(async (calls) => {
      if (calls.length === 1 || !isCompiled) return apart(calls);
      const all = calls.map(({ args }) => args);
      const replies = await many.call(redis, argumentsOfAll(all, numberOfKeys)).catch((error: unknown) => {
        // none of them ran; a script that is written otherwise than all of BullMQ's so far is no reason to end no job
        if (!String(error).includes('compiling script')) throw error;
        isCompiled = false;
      });
      if (!isCompiled) return apart(calls);
      for (const [index, { resolve, reject }] of calls.entries()) {
        const reply = (replies as (string | Error)[])[index];
        if (typeof reply === 'string') resolve(replyOf(reply));
        else reject(reply);
      }
    });
  };
  return redis;
}

/** Gathers the calls of one turn; each settles by what `send` does with it, or fails as `send` does. */
function gather(send: (calls: readonly Call[]) => Promise<void>): Command {
  let calls: Call[] = [];
  const flush = () => {
    if (calls.length === 0) return; // a full group went before
    const group = calls;
    calls = [];
    send(group).catch((error: unknown) => {
      for (const { reject } of group) reject(error);
    });
  };
  return (args) =>
    new Promise((resolve, reject) => {
      const size = calls.push({ args, resolve, reject });
      if (size === 1) process.nextTick(flush);
      else if (size === MOST) flush();
    });
}
