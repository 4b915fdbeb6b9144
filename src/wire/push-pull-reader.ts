/** Reads the parts of a push/pull and of a user message on a stream. */

import type { Bytes, NodeEntry } from '../model/message.ts';
import { Fields } from './fields.ts';
import { limits } from './limits.ts';
import type { MsgpackReader } from './msgpack-reader.ts';
import { wireErrors } from './wire-error.ts';

const uint16Max = 0xffff;
const uint32Max = 0xffffffff;
const none: Bytes = new Uint8Array(0);

// Each struct's fields in the order of their declaration, in which a struct may come as an array.
const headerFields = new Fields('Nodes', 'UserStateLen', 'Join');
const nodeFields = new Fields('Name', 'Addr', 'Port', 'Meta', 'Incarnation', 'State', 'Vsn');
const userFields = new Fields('UserMsgLen');

export interface PushPullHeader {
  readonly join: boolean;
  readonly nodeCount: number;
  readonly userBytes: number;
}

/** Throws a `WireError` on counts that are negative (they end Go processes) or over the limits. */
export function readPushPullHeader(reader: MsgpackReader): PushPullHeader {
  let join = false;
  let nodeCount = 0;
  let userBytes = 0;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(headerFields, shape, index)) {
      case 'Join':
        join = reader.bool();
        break;
      case 'Nodes':
        nodeCount = reader.int();
        break;
      case 'UserStateLen':
        userBytes = reader.int();
        break;
      default:
        reader.skip();
    }
  }
  requireCount(nodeCount, limits.streamNodesMax);
  requireCount(userBytes, limits.streamUserBytesMax);
  return { join, nodeCount, userBytes };
}

/** How many bytes of a user message follow its header. */
export function readUserHeader(reader: MsgpackReader): number {
  let userBytes = 0;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    if (reader.field(userFields, shape, index) === 'UserMsgLen') userBytes = reader.int();
    else reader.skip();
  }
  requireCount(userBytes, limits.streamUserBytesMax);
  return userBytes;
}

export function readNodeEntry(reader: MsgpackReader): NodeEntry {
  let name = '';
  let address = none;
  let port = 0;
  let meta: Bytes | null = null;
  let incarnation = 0;
  let state = 0;
  let versions: Bytes | null = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(nodeFields, shape, index)) {
      case 'Addr':
        address = reader.byteString();
        break;
      case 'Incarnation':
        incarnation = reader.uint(uint32Max);
        break;
      case 'Meta':
        meta = reader.bytesOrNull();
        break;
      case 'Name':
        name = reader.text();
        break;
      case 'Port':
        port = reader.uint(uint16Max);
        break;
      case 'State':
        state = reader.int();
        break;
      case 'Vsn':
        versions = reader.bytesOrNull();
        break;
      default:
        reader.skip();
    }
  }
  return { name, address, port, meta, incarnation, state, versions };
}

function requireCount(count: number, max: number): void {
  if (count < 0) throw wireErrors.malformed;
  if (count > max) throw wireErrors.tooLarge;
}
