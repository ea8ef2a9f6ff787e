/** What a person may do, each role all that those before it may. */
export const ROLES = ['viewer', 'approver', 'operator'] as const;

/**
 * `viewer` reads; `approver` also approves and rejects; `operator` also cancels, resolves, replays, and changes jobs in
 * Bull Board.
 */
export type Role = (typeof ROLES)[number];

/** Tells whether a role is enough for what needs another one. */
export function suffices(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
