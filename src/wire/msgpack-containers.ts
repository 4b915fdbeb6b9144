/** Reads lists and maps whose items are all alike. */

import type { Bytes, Uint64 } from '../model/message.ts';
import type { MsgpackReader } from './msgpack-reader.ts';

/** A list of anything. Grows with what is read, never by the announced length. */
export function readList<T>(reader: MsgpackReader, read: (reader: MsgpackReader) => T): T[] | null {
  const length = reader.list();
  if (length < 0) return null;
  const items: T[] = [];
  for (let index = 0; index < length; index += 1) items.push(read(reader));
  return items;
}

/** A map with text keys. The last of equal keys wins. */
export function readMap<T>(
  reader: MsgpackReader,
  read: (reader: MsgpackReader) => T,
): Map<string, T> | null {
  const entries = reader.map();
  if (entries < 0) return null;
  const map = new Map<string, T>();
  for (let index = 0; index < entries; index += 1) map.set(reader.text(), read(reader));
  return map;
}

export function readText(reader: MsgpackReader): string {
  return reader.text();
}

export function readBytes(reader: MsgpackReader): Bytes {
  return reader.byteString();
}

export function readTime(reader: MsgpackReader): Uint64 {
  return reader.uint64();
}
