/** Loads the recorded bytes of test/vectors, with the values that they stand for. */

import { readFileSync } from 'node:fs';

import { WireError } from '../../../src/wire/wire-error.ts';

/** What is common to the records of all files; the rest is named by each test. */
export interface VectorRecord {
  readonly libs?: readonly string[];
  readonly name?: string;
}

const directory = new URL('../../vectors/', import.meta.url);

/** The records of a file, one a line. */
export function loadVectors<T>(file: string): (T & VectorRecord)[] {
  const text = readFileSync(new URL(`${file}.jsonl`, directory), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T & VectorRecord);
}

/** Which dialects a record's bytes are written in: both, unless libraries differ on them. */
export function dialectsOf(record: VectorRecord): ('old' | 'new')[] {
  const libs = (record.libs ?? []).join(' ');
  const dialects: ('old' | 'new')[] = [];
  if (libs.includes('go-msgpack 0.5.5')) dialects.push('old');
  if (libs.includes('go-msgpack 2.1.5')) dialects.push('new');
  return dialects;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

/** A recorded Go struct. */
export type GoStruct = Readonly<Record<string, unknown>>;

/** A recorded byte string; nil is `null`. */
export function bytesOrNull(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  return fromHex((value as { $hex: string }).$hex);
}

/** A recorded byte string; nil is empty. */
export function bytesOf(value: unknown): Uint8Array {
  return bytesOrNull(value) ?? new Uint8Array(0);
}

/** A recorded integer, beyond the safe ones as `bigint`. */
export function integerOf(value: unknown): number | bigint {
  return typeof value === 'number' ? value : BigInt((value as { $int: string }).$int);
}

/** A recorded map with integers. */
export function integerMapOf(value: unknown): Map<string, number | bigint> | null {
  if (value === null) return null;
  return new Map(Object.entries(value as object).map(([key, item]) => [key, integerOf(item)]));
}

/** A recorded map of text. */
export function textMapOf(value: unknown): Map<string, string> | null {
  if (value === null) return null;
  return new Map(Object.entries(value as Record<string, string>));
}

/** What a read gives, or `refused` if the bytes are none. */
export function outcome<T>(read: () => T): T | 'refused' {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return 'refused';
    throw error;
  }
}
