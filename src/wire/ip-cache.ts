/** Address bytes as text and back, without making the same again and again. */

import { ipFromBytes, ipToBytes } from '../model/address.ts';

/** Texts kept; beyond it all are forgotten and kept anew. */
const textsMax = 65_536;

/** Every claim carries four address bytes; the texts of those seen before are one look-up away. */
export class IpCache {
  readonly #byNumber = new Map<number, string>();
  readonly #bytes = new Map<string, Uint8Array>();

  /** The text of 4 or 16 bytes, or `undefined` for any other length. */
  text(bytes: Uint8Array): string | undefined {
    if (bytes.length !== 4) return ipFromBytes(bytes);
    const [a, b, c, d] = bytes as unknown as readonly [number, number, number, number];
    const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const kept = this.#byNumber.get(number);
    if (kept !== undefined) return kept;
    if (this.#byNumber.size >= textsMax) this.#byNumber.clear();
    const text = ipFromBytes(bytes) as string;
    this.#byNumber.set(number, text);
    return text;
  }

  /** The bytes of a text; shared, so not to be changed. */
  bytes(ip: string): Uint8Array {
    const kept = this.#bytes.get(ip);
    if (kept !== undefined) return kept;
    if (this.#bytes.size >= textsMax) this.#bytes.clear();
    const bytes = ipToBytes(ip);
    this.#bytes.set(ip, bytes);
    return bytes;
  }
}
