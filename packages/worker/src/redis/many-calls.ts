/** One of a script's keys and arguments. */
export type Argument = string | number | Buffer | undefined;

/**
 * Wraps a script so that one call runs it many times, each time with keys and arguments of its own, as if it had been
 * called so often. An error ends its own run, and the others go on.
 *
 * Replies come as JSON text: a client reads that several times faster than the script's own table of strings. What it
 * can't tell apart from Redis's protocol is put right by `replyOf`.
 */
export function forMany(lua: string): string {
  const [functions, body] = apart(lua);
  return `${functions}
local function script(KEYS, ARGV)
${body}
end
local runs, width = tonumber(ARGV[1]), tonumber(ARGV[2])
local keys, args, places, replies = {}, {}, {}, {}
local at = 4
for i = 1, tonumber(ARGV[3]) do places[i], at = tonumber(ARGV[at]), at + 1 end
for i = 1, #KEYS do keys[i] = KEYS[i] end
for i = 1, width do args[i], at = ARGV[at], at + 1 end
local function run() return cjson.encode(script(keys, args)) end
for n = 1, runs do
  if n > 1 then
    for _, place in ipairs(places) do
      if place > #KEYS then args[place - #KEYS] = ARGV[at] else keys[place] = ARGV[at] end
      at = at + 1
    end
  end
  local done, reply = pcall(run)
  replies[n] = done and reply or redis.error_reply(type(reply) == 'table' and reply.err or reply)
end
return replies
`;
}

/**
 * The functions with which a script begins, and what it does with them: to make some forty of them costs Redis a tenth of
 * a run, and once is enough where they read no key and no argument but those they are given.
 */
function apart(lua: string): [functions: string, body: string] {
  const [functions = ''] = /^.*\nlocal function .*?\nend\n/s.exec(lua) ?? [];
  const code = functions.replaceAll(/--\[\[.*?\]\]|--.*?$/gms, '');
  return /\b(KEYS|ARGV)\b/.test(code) ? ['', lua] : [functions, lua.slice(functions.length)];
}

/** Keys and arguments for all runs: those of the first, and of each other one only what may differ. */
export function argumentsOfAll(calls: readonly (readonly Argument[])[], numberOfKeys: number): Argument[] {
  const [first = [], ...others] = calls;
  const places = [...first.keys()].filter((place) => others.some((call) => call[place] !== first[place]));
  const all = first.slice(0, numberOfKeys);
  all.push(calls.length, first.length - numberOfKeys, places.length);
  for (const place of places) all.push(place + 1);
  for (let place = numberOfKeys; place < first.length; place += 1) all.push(first[place]);
  for (const call of others) for (const place of places) all.push(call[place]);
  return all;
}

/** The reply of one run, as Redis would have given it: integers, and nothing for false; an empty table is a list. */
export function replyOf(reply: string): unknown {
  return asInProtocol(JSON.parse(reply));
}

function asInProtocol(value: unknown): unknown {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'boolean') return value ? 1 : null;
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place += 1) {
      if (typeof value[place] !== 'string') value[place] = asInProtocol(value[place]);
    }
    return value;
  }
  return typeof value === 'object' && value !== null ? [] : value;
}
