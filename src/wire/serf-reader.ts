/** Reads Serf's messages, which travel inside memberlist's user messages. */

import type { Bytes, Uint64 } from '../model/message.ts';
import type {
  JoinIntent,
  LeaveIntent,
  Relay,
  SerfMessage,
  UserEvent,
} from '../model/serf-message.ts';
import { Fields } from './fields.ts';
import { serfTypes } from './message-types.ts';
import { copyBytes, MsgpackReader } from './msgpack-reader.ts';
import {
  readConflictResponse,
  readKeyRequest,
  readKeyResponse,
  readQuery,
  readQueryResponse,
} from './query-reader.ts';
import { readState } from './serf-state-reader.ts';
import { wireErrors } from './wire-error.ts';

/** Go relays responses only; a relay inside a relay is read so far, to see what it would forward. */
const relayNestingMax = 2;

// Each struct's fields in the order of their declaration, in which a struct may come as an array.
const leaveFields = new Fields('LTime', 'Node', 'Prune');
const joinFields = new Fields('LTime', 'Node');
const eventFields = new Fields('LTime', 'Name', 'Payload', 'CC');
const relayFields = new Fields('DestAddr', 'DestName');
const udpAddressFields = new Fields('IP', 'Port', 'Zone');

/**
 * Reads one Serf message, type byte first. Bytes after it are ignored, as Go does. Throws a
 * `WireError` on what is none, and on messages that end a Go process, so that none is passed on.
 */
export function readSerfMessage(bytes: Uint8Array, relayNesting = 0): SerfMessage {
  if (bytes.length === 0) throw wireErrors.empty;
  const reader = new MsgpackReader(bytes, 1);
  switch (bytes[0]) {
    case serfTypes.leaveIntent:
      return readLeaveIntent(reader);
    case serfTypes.joinIntent:
      return readJoinIntent(reader);
    case serfTypes.pushPull:
      return readState(reader);
    case serfTypes.userEvent:
      return readUserEvent(reader);
    case serfTypes.query:
      return readQuery(reader);
    case serfTypes.queryResponse:
      return readQueryResponse(reader);
    case serfTypes.conflictResponse:
      return readConflictResponse(reader);
    case serfTypes.keyRequest:
      return readKeyRequest(reader);
    case serfTypes.keyResponse:
      return readKeyResponse(reader);
    case serfTypes.relay:
      return readRelay(reader, bytes, relayNesting);
    default:
      throw wireErrors.unknownType;
  }
}

function readLeaveIntent(reader: MsgpackReader): LeaveIntent {
  let time: Uint64 = 0;
  let node = '';
  let prune = false;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(leaveFields, shape, index)) {
      case 'LTime':
        time = reader.uint64();
        break;
      case 'Node':
        node = reader.text();
        break;
      case 'Prune':
        prune = reader.bool();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'leave-intent', time, node, prune };
}

function readJoinIntent(reader: MsgpackReader): JoinIntent {
  let time: Uint64 = 0;
  let node = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(joinFields, shape, index)) {
      case 'LTime':
        time = reader.uint64();
        break;
      case 'Node':
        node = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'join-intent', time, node };
}

function readUserEvent(reader: MsgpackReader): UserEvent {
  let time: Uint64 = 0;
  let name = '';
  let payload: Bytes | null = null;
  let coalesce = false;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(eventFields, shape, index)) {
      case 'CC':
        coalesce = reader.bool();
        break;
      case 'LTime':
        time = reader.uint64();
        break;
      case 'Name':
        name = reader.text();
        break;
      case 'Payload':
        payload = reader.bytesOrNull();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'user-event', time, name, payload, coalesce };
}

interface Destination {
  ip: Bytes | null;
  port: number;
  zone: string;
}

function readRelay(reader: MsgpackReader, bytes: Uint8Array, nesting: number): Relay {
  let name = '';
  let destination: Destination = { ip: null, port: 0, zone: '' };
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(relayFields, shape, index)) {
      case 'DestAddr':
        destination = readDestination(reader);
        break;
      case 'DestName':
        name = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  const message = copyBytes(bytes, reader.position, bytes.length);
  refuseDangerousCargo(message, nesting);
  return {
    kind: 'relay',
    destinationAddress: destination.ip,
    destinationPort: destination.port,
    destinationZone: destination.zone,
    destinationName: name,
    message,
  };
}

/** What is forwarded unread could end the Go process that it is for: read what could. */
function refuseDangerousCargo(message: Bytes, nesting: number): void {
  if (message.length === 0) throw wireErrors.empty;
  if (message[0] !== serfTypes.query && message[0] !== serfTypes.relay) return;
  if (nesting >= relayNestingMax) throw wireErrors.tooNested;
  readSerfMessage(message, nesting + 1);
}

function readDestination(reader: MsgpackReader): Destination {
  const destination: Destination = { ip: null, port: 0, zone: '' };
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(udpAddressFields, shape, index)) {
      case 'IP':
        destination.ip = reader.bytesOrNull();
        break;
      case 'Port':
        destination.port = reader.int();
        break;
      case 'Zone':
        destination.zone = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return destination;
}
