/** What the ack of a Serf ping carries: a version byte, and where the answering node is. */

import type { Coordinate } from '../coordinates/coordinate.ts';
import { encodeHead, encodeKey, Fields } from './fields.ts';
import { readList } from './msgpack-containers.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import { WireError } from './wire-error.ts';

/** The only version of the payload so far. */
const pingVersion = 1;

const coordinateHead = encodeHead(pingVersion, 4, 'Adjustment');
const errorKey = encodeKey('Error');
const heightKey = encodeKey('Height');
const vecKey = encodeKey('Vec');
const coordinateFields = new Fields('Vec', 'Error', 'Adjustment', 'Height');

const writer = new MsgpackWriter();

/** The payload of an ack, version byte first. */
export function encodeCoordinate({ vec, error, adjustment, height }: Coordinate): Uint8Array {
  writer.reset();
  writer.plain(coordinateHead);
  writer.float(adjustment);
  writer.plain(errorKey);
  writer.float(error);
  writer.plain(heightKey);
  writer.float(height);
  writer.plain(vecKey);
  writer.list(vec.length);
  for (const component of vec) writer.float(component);
  return writer.finish();
}

/**
 * The coordinate in the payload of an ack; `undefined` for another version and for what cannot be read.
 * It may have any number of dimensions, and be no number at all: to judge that is the reader's part.
 */
export function decodeCoordinate(payload: Uint8Array): Coordinate | undefined {
  if (payload[0] !== pingVersion) return undefined;
  try {
    return readCoordinate(new MsgpackReader(payload, 1));
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function readCoordinate(reader: MsgpackReader): Coordinate {
  let vec: readonly number[] = [];
  let error = 0;
  let adjustment = 0;
  let height = 0;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(coordinateFields, shape, index)) {
      case 'Adjustment':
        adjustment = reader.float();
        break;
      case 'Error':
        error = reader.float();
        break;
      case 'Height':
        height = reader.float();
        break;
      case 'Vec':
        vec = readList(reader, readFloat) ?? [];
        break;
      default:
        reader.skip();
    }
  }
  return { vec, error, adjustment, height };
}

function readFloat(reader: MsgpackReader): number {
  return reader.float();
}
