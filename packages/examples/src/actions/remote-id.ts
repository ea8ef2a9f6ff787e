/**
 * Names a tenant's object at a remote that all tenants share: `acme/CASE-1042`; without a tenant, `CASE-1042`.
 *
 * Both parts are in NFC, as keys are, and percent-encoded: what is left fits URLs and mail headers, and a slash can
 * only be the one between them.
 */
export function remoteId(scope: string | null, id: string): string {
  const parts = scope === null ? [id] : [scope, id];
  return parts.map((part) => encodeURIComponent(part.normalize('NFC'))).join('/');
}
