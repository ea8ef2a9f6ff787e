/** How near to now a moment must be to look like now, in milliseconds: a few minutes of waiting and of wrong clocks. */
const NEAR_MS = 10 * 60_000;
/** Unix seconds and milliseconds of this and the next century; what is smaller may be any number. */
const SECONDS = [1_000_000_000, 10_000_000_000] as const;
const MILLISECONDS = [1_000_000_000_000, 10_000_000_000_000] as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const ISO_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const DIGITS = /^\d{10}(?:\d{3})?$/;
const LONG_HEX = /^[0-9a-f]{16,}$/i;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Whether a key part is a moment of just now: Unix time in seconds or milliseconds, or an ISO date with a time. */
export function looksLikeNow(value: unknown, nowMs: number): boolean {
  const moment = momentOf(value);
  return moment !== null && Math.abs(moment - nowMs) < NEAR_MS;
}

/** Whether a key part is an id that carries a time of just now: UUID of version 1, 6 or 7, or ULID. */
export function looksFresh(value: unknown, nowMs: number): boolean {
  const madeAt = typeof value === 'string' ? timeInId(value) : null;
  return madeAt !== null && Math.abs(madeAt - nowMs) < NEAR_MS;
}

/** Whether a key part looks made rather than given: a moment, a UUID, a ULID, a long hexadecimal number. */
export function looksMade(value: unknown): boolean {
  if (momentOf(value) !== null) return true;
  return typeof value === 'string' && (UUID.test(value) || ULID.test(value) || LONG_HEX.test(value));
}

function momentOf(value: unknown): number | null {
  if (typeof value === 'number') return unixMs(value);
  if (typeof value !== 'string' || value.length < 10 || value.length > 40) return null;
  if (DIGITS.test(value)) return unixMs(Number(value));
  if (!ISO_MOMENT.test(value)) return null;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? null : parsed;
}

function unixMs(value: number): number | null {
  if (value >= SECONDS[0] && value < SECONDS[1]) return value * 1_000;
  return value >= MILLISECONDS[0] && value < MILLISECONDS[1] ? value : null;
}

/** Milliseconds since 1970 that an id was made at, where it says so. */
function timeInId(id: string): number | null {
  const version = UUID.exec(id)?.[1];
  const hex = id.replaceAll('-', '');
  switch (version) {
    case '7':
      return Number.parseInt(hex.slice(0, 12), 16);
    case '6':
      return gregorianMs(`${hex.slice(0, 12)}${hex.slice(13, 16)}`);
    case '1':
      return gregorianMs(`${hex.slice(13, 16)}${hex.slice(8, 12)}${hex.slice(0, 8)}`);
    case undefined:
      if (!ULID.test(id)) return null;
      return [...id.slice(0, 10)].reduce((ms, sign) => ms * 32 + CROCKFORD.indexOf(sign), 0);
    default:
      return null;
  }
}

/** UUIDs 1 and 6 count steps of 100 ns since the Gregorian reform (RFC 9562, section 5.1). */
function gregorianMs(hex: string): number {
  return Number(BigInt(`0x${hex}`) / 10_000n) - 12_219_292_800_000;
}
