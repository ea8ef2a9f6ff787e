/**
 * Replaces what may be a password in a URL, well-formed or not, so that the rest can be shown.
 *
 * @example
 * maskUrl('postgres://app:secret@db:5432/app'); // 'postgres://app:***@db:5432/app'
 */
export function maskUrl(url: string): string {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)@(.*)$/is.exec(url);
  const masked = parts === null ? url : `${parts[1] ?? ''}${maskUser(parts[2] ?? '')}@${parts[3] ?? ''}`;
  return masked
    .replace(/([?&][^=&]*(?:pass|secret|token)[^=&]*=)[^&]*/gi, '$1***')
    .replace(/(\bpassword\s*=\s*)(?!\*\*\*)('[^']*'|\S+)/gi, '$1***');
}

/** A name is shown only where it is one beyond doubt: alone it may be a password in the wrong place. */
function maskUser(user: string): string {
  const name = /^([^:/?#\s@]*):/.exec(user)?.[1];
  return name === undefined ? '***' : `${name}:***`;
}
