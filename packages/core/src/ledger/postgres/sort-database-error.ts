/** What a failed statement allows to do next. */
export type DatabaseFault =
  /** The connection is gone or useless: the statement may have committed. Ask again on another one. */
  | 'connection'
  /** This statement surely changed nothing and may go through later: a deadlock, a full disk, a lock not had in time. */
  | 'later'
  /** Something in the rows themselves: each row deserves its own try. */
  | 'rows'
  /** The tables aren't there, or not as this code knows them. */
  | 'schema'
  /** Wrong credentials or rights, or a database that doesn't exist: nothing will change by asking again. */
  | 'settings';

const LATER = new Set(['40001', '40P01', '55P03', '57014', '53100', '53200', '53400', '58030']);
/** Sessions that the server ended, though the class says something else; too many of them; one that only reads. */
const CONNECTION = new Set(['25006', '25P03', '25P04', '40003', '53300']);
/** No class begins with E, but the codes of Node do, and EPIPE is five characters long too. */
const SQLSTATE = /^[0-9A-DF-Z][0-9A-Z]{4}$/;
const SETTINGS = new Set(['28000', '28P01', '3D000', '42501']);

/**
 * Sorts an error of pg by its SQLSTATE; an error without one comes from the connection, a fault in our own code aside:
 * asking again wouldn't heal that.
 *
 * Source: PostgreSQL documentation, appendix A.
 */
export function sortDatabaseError(error: unknown): DatabaseFault {
  if (error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError)
    return 'rows';
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return 'connection';
  if (SETTINGS.has(code)) return 'settings';
  if (LATER.has(code)) return 'later';
  if (code.startsWith('08') || code.startsWith('57P') || CONNECTION.has(code)) return 'connection';
  return code.startsWith('42') || code.startsWith('3F') ? 'schema' : 'rows';
}
