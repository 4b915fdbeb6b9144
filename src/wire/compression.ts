/** The compress message: type byte and `{Algo, Buf}` around a whole message, in packets and on streams. */

import type { Bytes } from '../model/message.ts';
import { encodeHead, encodeKey, Fields } from './fields.ts';
import { decodeLzw } from './lzw-decoder.ts';
import { encodeLzw } from './lzw-encoder.ts';
import { messageTypes } from './message-types.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import { assertSendable, wireErrors } from './wire-error.ts';

const fields = new Fields('Algo', 'Buf');
const uint8Max = 0xff;
/** LZW, the only algorithm there is. */
const lzwAlgorithm = 0;
const head = Uint8Array.of(
  ...encodeHead(messageTypes.compress, 2, 'Algo'),
  lzwAlgorithm,
  ...encodeKey('Buf'),
);
const scratch = new MsgpackWriter();

/** A message inside a compress message, whatever its size: for streams. */
export function compress(message: Uint8Array): Uint8Array {
  // A compress message with nothing inside ends Go processes.
  assertSendable(message.length > 0, 'a compressed nothing');
  // At 9 to 12 bits a byte LZW never takes more than this.
  const packed = pack(message, 2 * message.length + 16);
  assertSendable(packed !== undefined, 'LZW took more room than it can');
  return packed;
}

/** The same if it is shorter than the message, else `undefined`: for packets. */
export function compressIfShorter(message: Uint8Array): Uint8Array | undefined {
  const packedBytesMax = message.length - head.length;
  if (packedBytesMax <= 0) return undefined;
  const packed = pack(message, packedBytesMax);
  return packed !== undefined && packed.length < message.length ? packed : undefined;
}

function pack(message: Uint8Array, packedBytesMax: number): Uint8Array | undefined {
  const packed = encodeLzw(message, packedBytesMax);
  if (packed === undefined) return undefined;
  scratch.reset();
  scratch.plain(head);
  scratch.bytes(packed);
  return scratch.finish();
}

/**
 * What is inside the compress message `bytes[start, end)`, type byte first: at most `bytesMax` bytes
 * and at least one. Throws a `WireError` otherwise.
 */
export function decompress(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number; readonly bytesMax: number },
): Uint8Array {
  const reader = new MsgpackReader(bytes, range.start + 1, range.end);
  let algorithm = 0;
  let packed: Bytes | undefined;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(fields, shape, index)) {
      case 'Algo':
        algorithm = reader.uint(uint8Max);
        break;
      case 'Buf':
        packed = reader.bytesView();
        break;
      default:
        reader.skip();
    }
  }
  if (algorithm !== lzwAlgorithm || packed === undefined) throw wireErrors.compression;
  const message = decodeLzw(packed, { start: 0, end: packed.length, bytesMax: range.bytesMax });
  if (message.length === 0) throw wireErrors.empty;
  return message;
}
