/** A number for any plain value, to tell whether two runs said the same without keeping what they said. */

import type { KeyGuard } from './key-guard.ts';

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * The digest (32 bits of FNV-1a over a canonical walk) of plain data: objects, arrays, maps, sets,
 * bytes, texts, numbers. Properties that are `undefined` count as missing, and all byte strings are
 * alike, so a value has the digest of its copy that was encoded and decoded. Known keys count as their
 * stand-ins.
 */
export function digestOf(value: unknown, guard: KeyGuard): number {
  const digest = new Digest(guard);
  digest.add(value);
  return digest.value;
}

class Digest {
  readonly #guard: KeyGuard;
  #hash = offsetBasis;

  constructor(guard: KeyGuard) {
    this.#guard = guard;
  }

  get value(): number {
    return this.#hash >>> 0;
  }

  add(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#text(this.#guard.text(value));
      case 'number':
        return this.#text(`n${value}`);
      case 'bigint':
        // Which of the two a decoder makes of a whole number is its own affair.
        return this.#text(`n${value}`);
      case 'boolean':
        return this.#byte(value ? 1 : 2);
      case 'object':
        return value === null ? this.#byte(3) : this.#object(value);
      case 'undefined':
      case 'function':
      case 'symbol':
        return this.#byte(4);
      default:
        return undefined;
    }
  }

  #object(value: object): void {
    if (value instanceof Uint8Array) return this.#bytes(this.#guard.bytes(value));
    if (Array.isArray(value)) {
      this.#byte(5);
      for (const item of value as readonly unknown[]) this.add(item);
    } else if (value instanceof Map) {
      this.#byte(6);
      for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
        this.add(key);
        this.add(item);
      }
    } else if (value instanceof Set) {
      this.#byte(7);
      for (const item of value as ReadonlySet<unknown>) this.add(item);
    } else {
      this.#byte(8);
      for (const [key, item] of Object.entries(value) as [string, unknown][]) {
        if (item === undefined) continue;
        this.#text(key);
        this.add(item);
      }
    }
    // Where it ends: else [[], 1] and [[1]] would be the same.
    this.#byte(9);
  }

  #text(text: string): void {
    this.#byte(10);
    for (let index = 0; index < text.length; index += 1) this.#byte(text.charCodeAt(index));
  }

  #bytes(bytes: Uint8Array): void {
    this.#byte(11);
    for (const byte of bytes) this.#byte(byte);
    this.#byte(9);
  }

  #byte(unit: number): void {
    this.#hash = Math.imul(this.#hash ^ unit, prime);
  }
}
