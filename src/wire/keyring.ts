/** The keys of a cluster. The first is the primary: it encrypts. All of them are tried to decrypt. */

import { randomFillSync } from 'node:crypto';

import { FolkmootError } from '../model/error.ts';

/** AES-128, -192, -256. */
const keySizes: ReadonlySet<number> = new Set([16, 24, 32]);
export const nonceBytes = 12;
/** Nonces drawn at once: one call for random bytes costs as much as 100 of these. */
const noncesDrawn = 256;

/** What came of a change. `changed` is false where it already was so. */
export type KeyringChange =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly reason: 'bad-size' | 'not-installed' | 'is-primary' };

/** An ordered set of keys. Changed by its owner only, as Serf's key queries ask for. */
export class Keyring {
  #keys: readonly Uint8Array[];
  readonly #nonces = new Uint8Array(noncesDrawn * nonceBytes);
  #nonceAt = 0;

  /**
   * Keys of 16, 24 or 32 bytes, the first is the primary; copies are dropped.
   * @throws FolkmootError `ERR_OPTION` if there is none, or one of another size.
   */
  constructor(keys: readonly Uint8Array[]) {
    if (keys.length === 0) throw badKeys('a keyring needs at least one key', 0);
    const bad = keys.find((key) => !keySizes.has(key.length));
    if (bad !== undefined) throw badKeys(`a key has ${bad.length} bytes`, bad.length);
    this.#keys = [];
    for (const key of keys) this.add(key);
  }

  /** The key that encrypts. */
  get primary(): Uint8Array {
    return this.#keys[0] as Uint8Array;
  }

  /** All keys, the primary first. */
  get all(): readonly Uint8Array[] {
    return this.#keys;
  }

  /** Installs a key, last in order. */
  add(key: Uint8Array): KeyringChange {
    if (!keySizes.has(key.length)) return { ok: false, reason: 'bad-size' };
    if (this.#indexOf(key) >= 0) return { ok: true, changed: false };
    this.#keys = [...this.#keys, Uint8Array.from(key)];
    return { ok: true, changed: true };
  }

  /** Makes an installed key the primary. */
  use(key: Uint8Array): KeyringChange {
    const index = this.#indexOf(key);
    if (index < 0) return { ok: false, reason: 'not-installed' };
    const installed = this.#keys[index] as Uint8Array;
    this.#keys = [installed, ...this.#keys.filter((other) => other !== installed)];
    return { ok: true, changed: index > 0 };
  }

  /** Removes a key, but never the primary. A key that is not there is as good as removed. */
  remove(key: Uint8Array): KeyringChange {
    const index = this.#indexOf(key);
    if (index < 0) return { ok: true, changed: false };
    if (index === 0) return { ok: false, reason: 'is-primary' };
    this.#keys = this.#keys.filter((_, other) => other !== index);
    return { ok: true, changed: true };
  }

  /** Twelve random bytes, to be used at once and once only. */
  nonce(): Uint8Array {
    if (this.#nonceAt === 0) randomFillSync(this.#nonces);
    const start = this.#nonceAt;
    this.#nonceAt = (start + nonceBytes) % this.#nonces.length;
    return this.#nonces.subarray(start, start + nonceBytes);
  }

  #indexOf(key: Uint8Array): number {
    return this.#keys.findIndex(
      (other) => other.length === key.length && other.every((byte, at) => byte === key[at]),
    );
  }
}

function badKeys(text: string, bytes: number): FolkmootError {
  return new FolkmootError('ERR_OPTION', `${text}; keys have 16, 24 or 32 bytes`, {
    option: 'keys',
    value: bytes,
  });
}
