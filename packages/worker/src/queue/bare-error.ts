/**
 * Takes off an error what the clients of Redis and PostgreSQL hang on it, so that it can be logged: the command, which
 * for a refused log-in holds the password, and the whole connection.
 */
export function bareError(error: Error): Error {
  Reflect.deleteProperty(error, 'command');
  Reflect.deleteProperty(error, 'client');
  Reflect.deleteProperty(error, 'detail'); // PostgreSQL's, which may hold a whole row
  return error;
}
