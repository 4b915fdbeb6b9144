/** Reads the bodies of memberlist's messages, which stand behind a type byte. */

import type {
  Ack,
  Alive,
  Bytes,
  Dead,
  IndirectPing,
  Nack,
  PacketMessage,
  Ping,
  StreamError,
  Suspect,
} from '../model/message.ts';
import { Fields } from './fields.ts';
import { messageTypes } from './message-types.ts';
import { copyBytes, MsgpackReader } from './msgpack-reader.ts';
import { wireErrors } from './wire-error.ts';

const uint16Max = 0xffff;
const uint32Max = 0xffffffff;
const none: Bytes = new Uint8Array(0);

// Each struct's fields in the order of their declaration, in which a struct may come as an array.
const pingFields = new Fields('SeqNo', 'Node', 'SourceAddr', 'SourcePort', 'SourceNode');
const indirectPingFields = new Fields(
  'SeqNo',
  'Target',
  'Port',
  'Node',
  'Nack',
  'SourceAddr',
  'SourcePort',
  'SourceNode',
);
const ackFields = new Fields('SeqNo', 'Payload');
const nackFields = new Fields('SeqNo');
const suspectFields = new Fields('Incarnation', 'Node', 'From');
const aliveFields = new Fields('Incarnation', 'Node', 'Addr', 'Port', 'Meta', 'Vsn');
const errorFields = new Fields('Error');

/**
 * Reads `bytes[start, end)` as one message of a packet, type byte first. Bytes after the message
 * are ignored, as Go does. Throws a `WireError` on what is none.
 */
export function readPacketMessage(bytes: Uint8Array, start: number, end: number): PacketMessage {
  if (start >= end) throw wireErrors.empty;
  const type = bytes[start] as number;
  if (type === messageTypes.user) {
    return { kind: 'user', payload: copyBytes(bytes, start + 1, end) };
  }
  const reader = new MsgpackReader(bytes, start + 1, end);
  switch (type) {
    case messageTypes.ping:
      return readPing(reader);
    case messageTypes.indirectPing:
      return readIndirectPing(reader);
    case messageTypes.ack:
      return readAck(reader);
    case messageTypes.nack:
      return readNack(reader);
    case messageTypes.suspect:
      return readAccusation(reader, 'suspect');
    case messageTypes.alive:
      return readAlive(reader);
    case messageTypes.dead:
      return readAccusation(reader, 'dead');
    default:
      throw wireErrors.unknownType;
  }
}

export function readPing(reader: MsgpackReader): Ping {
  let sequence = 0;
  let node = '';
  let sourceAddress = none;
  let sourcePort = 0;
  let sourceNode = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(pingFields, shape, index)) {
      case 'Node':
        node = reader.text();
        break;
      case 'SeqNo':
        sequence = reader.uint(uint32Max);
        break;
      case 'SourceAddr':
        sourceAddress = reader.byteString();
        break;
      case 'SourceNode':
        sourceNode = reader.text();
        break;
      case 'SourcePort':
        sourcePort = reader.uint(uint16Max);
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'ping', sequence, node, sourceAddress, sourcePort, sourceNode };
}

function readIndirectPing(reader: MsgpackReader): IndirectPing {
  let sequence = 0;
  let target = none;
  let port = 0;
  let node = '';
  let nack = false;
  let sourceAddress = none;
  let sourcePort = 0;
  let sourceNode = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(indirectPingFields, shape, index)) {
      case 'Nack':
        nack = reader.bool();
        break;
      case 'Node':
        node = reader.text();
        break;
      case 'Port':
        port = reader.uint(uint16Max);
        break;
      case 'SeqNo':
        sequence = reader.uint(uint32Max);
        break;
      case 'SourceAddr':
        sourceAddress = reader.byteString();
        break;
      case 'SourceNode':
        sourceNode = reader.text();
        break;
      case 'SourcePort':
        sourcePort = reader.uint(uint16Max);
        break;
      case 'Target':
        target = reader.byteString();
        break;
      default:
        reader.skip();
    }
  }
  return {
    kind: 'indirect-ping',
    sequence,
    target,
    port,
    node,
    nack,
    sourceAddress,
    sourcePort,
    sourceNode,
  };
}

export function readAck(reader: MsgpackReader): Ack {
  let sequence = 0;
  let payload: Ack['payload'] = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(ackFields, shape, index)) {
      case 'Payload':
        payload = reader.bytesOrNull();
        break;
      case 'SeqNo':
        sequence = reader.uint(uint32Max);
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'ack', sequence, payload };
}

function readNack(reader: MsgpackReader): Nack {
  let sequence = 0;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    if (reader.field(nackFields, shape, index) === 'SeqNo') sequence = reader.uint(uint32Max);
    else reader.skip();
  }
  return { kind: 'nack', sequence };
}

function readAccusation(reader: MsgpackReader, kind: 'suspect' | 'dead'): Suspect | Dead {
  let incarnation = 0;
  let node = '';
  let from = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(suspectFields, shape, index)) {
      case 'From':
        from = reader.text();
        break;
      case 'Incarnation':
        incarnation = reader.uint(uint32Max);
        break;
      case 'Node':
        node = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return { kind, incarnation, node, from };
}

function readAlive(reader: MsgpackReader): Alive {
  let incarnation = 0;
  let node = '';
  let address = none;
  let port = 0;
  let meta: Alive['meta'] = null;
  let versions: Alive['versions'] = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(aliveFields, shape, index)) {
      case 'Addr':
        address = reader.byteString();
        break;
      case 'Incarnation':
        incarnation = reader.uint(uint32Max);
        break;
      case 'Meta':
        meta = reader.bytesOrNull();
        break;
      case 'Node':
        node = reader.text();
        break;
      case 'Port':
        port = reader.uint(uint16Max);
        break;
      case 'Vsn':
        versions = reader.bytesOrNull();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'alive', incarnation, node, address, port, meta, versions };
}

export function readError(reader: MsgpackReader): StreamError {
  let text = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    if (reader.field(errorFields, shape, index) === 'Error') text = reader.text();
    else reader.skip();
  }
  return { kind: 'error', text };
}
