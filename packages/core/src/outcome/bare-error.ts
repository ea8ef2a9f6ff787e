/**
 * What clients of Redis and PostgreSQL hang on an error: the command, which holds a password or a result; the whole
 * connection; and what the server quotes of the row that it refused.
 */
const QUOTED = ['command', 'client', 'detail', 'where', 'internalQuery'];

/** Takes off an error, and off its causes, what must not be logged: secrets may be in there. */
export function bareError<E>(error: E): E {
  if (!(error instanceof Error)) return error;
  for (const property of QUOTED) Reflect.deleteProperty(error, property);
  if (error.cause !== error) bareError(error.cause);
  return error;
}
