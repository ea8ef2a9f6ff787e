/**
 * Reads the header of a mail message (RFC 5322) into unfolded values by lower-case name.
 *
 * Where a name occurs more than once its first value counts; values stay as sent, encoded words included.
 */
export function mailHeaders(message: Buffer): ReadonlyMap<string, string> {
  const end = message.indexOf('\r\n\r\n');
  const header = message.toString('utf8', 0, end === -1 ? message.length : end);
  const headers = new Map<string, string>();
  for (const line of header.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}
