import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { InvalidConfig, LatchkeyError } from '../errors.ts';

/** Begins every sealed text; no JSON text begins so. The key's id, a dot and base64url follow. */
const PREFIX = 'latchkey-sealed-1:';
const SEALED = /^latchkey-sealed-1:([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)$/;
const ENTRY = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/;
/** Length of the nonce that GCM is made for, and of its tag, in bytes. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Says that a text can't be read here, and which key it needs. */
export class KeyMissing extends LatchkeyError {
  readonly keyId: string;

  constructor(keyId: string) {
    super(
      'KEY_MISSING',
      `this is encrypted under key ${keyId}, which isn't in LATCHKEY_ENCRYPTION_KEYS here: add it after the current one`,
    );
    this.keyId = keyId;
  }
}

interface RingKey {
  readonly id: string;
  readonly seal: Buffer;
  readonly mac: Buffer;
}

/** Keys that inputs and results are encrypted with: the first for new ones, all of them for reading. */
export class KeyRing {
  readonly #keys: readonly RingKey[];

  private constructor(keys: readonly RingKey[]) {
    this.#keys = keys;
  }

  /**
   * Reads a ring from text: `id:base64,id2:base64`, each key 32 bytes, the current one first. No text is an empty ring.
   *
   * @throws {InvalidConfig} naming the entry that is wrong by its place and id, never its key.
   */
  static from(text = ''): KeyRing {
    const entries = text.split(',').map((entry) => entry.trim());
    const keys = entries.filter((entry) => entry !== '').map(keyOf);
    const double = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) < index);
    if (double !== undefined) throw new InvalidConfig(`encryption keys: two have the id ${double.id}`);
    return new KeyRing(keys);
  }

  /** Ids of the keys, the current one first. */
  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  /**
   * Encrypts a text under the current key with AES-256-GCM. `bound` says what it belongs to, and is needed to read it,
   * so that nobody can put it in another place. A sealed text stays as it is.
   *
   * @throws {InvalidConfig} where the ring is empty.
   */
  seal(text: string, bound: string): string {
    if (isSealed(text)) return text;
    const key = this.#current();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.seal, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(bound));
    const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${key.id}.${body.toString('base64url')}`;
  }

  /**
   * Reads a sealed text; one that isn't sealed is answered as it is.
   *
   * @throws {KeyMissing} where its key isn't in the ring.
   * @throws {LatchkeyError} `SEAL_BROKEN` where it was changed, put in another place, or the key is another one.
   */
  open(text: string, bound: string): string {
    const [, id = '', packed = ''] = SEALED.exec(text) ?? [];
    if (id === '') return text;
    const key = this.#keys.find((one) => one.id === id);
    if (key === undefined) throw new KeyMissing(id);
    const body = Buffer.from(packed, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.seal, body.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(bound));
      decipher.setAuthTag(body.subarray(-TAG_BYTES));
      const text = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new LatchkeyError(
        'SEAL_BROKEN',
        `what is encrypted under key ${id} can't be read: it was changed or moved, or ${id} is another key here`,
        { cause },
      );
    }
  }

  /** Hashes under the current key what anybody could guess and check if it were hashed plainly; 64 hex digits. */
  mac(text: string): string {
    return createHmac('sha256', this.#current().mac).update(text).digest('hex');
  }

  #current(): RingKey {
    const [current] = this.#keys;
    if (current === undefined)
      throw new InvalidConfig(
        'LATCHKEY_ENCRYPTION_KEYS: missing; an action with encrypt needs a key, like k1:<32 bytes in base64>',
      );
    return current;
  }
}

/** Whether a text is sealed; answers the id of its key, or `null`. */
export function sealedUnder(text: string | null): string | null {
  if (text === null || !text.startsWith(PREFIX)) return null;
  return SEALED.exec(text)?.[1] ?? null;
}

function isSealed(text: string): boolean {
  return sealedUnder(text) !== null;
}

function keyOf(entry: string, index: number): RingKey {
  const [, id = '', encoded = ''] = ENTRY.exec(entry) ?? [];
  const secret = Buffer.from(encoded, 'base64');
  if (id === '' || secret.length !== 32) {
    const which = id === '' ? `number ${index + 1}` : id;
    throw new InvalidConfig(
      `encryption keys: ${which} isn't right; expected id:base64 with 32 bytes, as \`openssl rand -base64 32\` makes them`,
    );
  }
  // a key for each use
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${use} 1`, 32));
  return { id, seal: derive('seal'), mac: derive('fingerprint') };
}
