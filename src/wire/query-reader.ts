/** Reads Serf's queries, their responses, and what internal queries carry. */

import type { Bytes, Uint64 } from '../model/message.ts';
import type {
  ConflictMember,
  ConflictResponse,
  KeyRequest,
  KeyResponse,
  Query,
  QueryResponse,
} from '../model/serf-message.ts';
import { Fields } from './fields.ts';
import { isKeyQuery } from './message-types.ts';
import { readBytes, readList, readMap, readText } from './msgpack-containers.ts';
import type { MsgpackReader } from './msgpack-reader.ts';
import { wireErrors } from './wire-error.ts';

const uint8Max = 0xff;
const uint16Max = 0xffff;
const uint32Max = 0xffffffff;
const none: Bytes = new Uint8Array(0);

// Each struct's fields in the order of their declaration, in which a struct may come as an array.
const queryFields = new Fields(
  'LTime',
  'ID',
  'Addr',
  'Port',
  'SourceNode',
  'Filters',
  'Flags',
  'RelayFactor',
  'Timeout',
  'Name',
  'Payload',
);
const responseFields = new Fields('LTime', 'ID', 'From', 'Flags', 'Payload');
const memberFields = new Fields(
  'Name',
  'Addr',
  'Port',
  'Tags',
  'Status',
  'ProtocolMin',
  'ProtocolMax',
  'ProtocolCur',
  'DelegateMin',
  'DelegateMax',
  'DelegateCur',
);
const keyRequestFields = new Fields('Key');
const keyResponseFields = new Fields('Result', 'Message', 'Keys', 'PrimaryKey');

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Throws also on queries that end a Go process, so that none is passed on. */
export function readQuery(reader: MsgpackReader): Query {
  const query: Mutable<Query> = {
    kind: 'query',
    time: 0,
    id: 0,
    address: none,
    port: 0,
    sourceNode: '',
    filters: null,
    flags: 0,
    relayFactor: 0,
    timeoutNs: 0,
    name: '',
    payload: null,
  };
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) readQueryField(reader, shape, index, query);
  // Both of these end a Go process; a node that passes them on would end its neighbours.
  if (query.filters?.some((filter) => filter.length === 0) === true) throw wireErrors.malformed;
  if (isKeyQuery(query.name) && (query.payload?.length ?? 0) === 0) throw wireErrors.malformed;
  return query;
}

function readQueryField(
  reader: MsgpackReader,
  shape: number,
  index: number,
  query: Mutable<Query>,
): void {
  switch (reader.field(queryFields, shape, index)) {
    case 'Addr':
      query.address = reader.byteString();
      return;
    case 'Filters':
      query.filters = readList(reader, readBytes);
      return;
    case 'Flags':
      query.flags = reader.uint(uint32Max);
      return;
    case 'ID':
      query.id = reader.uint(uint32Max);
      return;
    case 'LTime':
      query.time = reader.uint64();
      return;
    case 'Name':
      query.name = reader.text();
      return;
    case 'Payload':
      query.payload = reader.bytesOrNull();
      return;
    case 'Port':
      query.port = reader.uint(uint16Max);
      return;
    case 'RelayFactor':
      query.relayFactor = reader.uint(uint8Max);
      return;
    case 'SourceNode':
      query.sourceNode = reader.text();
      return;
    case 'Timeout':
      query.timeoutNs = reader.int64();
      return;
    default:
      reader.skip();
  }
}

export function readQueryResponse(reader: MsgpackReader): QueryResponse {
  let time: Uint64 = 0;
  let id = 0;
  let from = '';
  let flags = 0;
  let payload: Bytes | null = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(responseFields, shape, index)) {
      case 'Flags':
        flags = reader.uint(uint32Max);
        break;
      case 'From':
        from = reader.text();
        break;
      case 'ID':
        id = reader.uint(uint32Max);
        break;
      case 'LTime':
        time = reader.uint64();
        break;
      case 'Payload':
        payload = reader.bytesOrNull();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'query-response', time, id, from, flags, payload };
}

export function readConflictResponse(reader: MsgpackReader): ConflictResponse {
  if (reader.isNil()) return { kind: 'conflict-response', member: null };
  const member: Mutable<ConflictMember> = {
    name: '',
    address: null,
    port: 0,
    tags: null,
    status: 0,
    protocolMin: 0,
    protocolMax: 0,
    protocolCurrent: 0,
    delegateMin: 0,
    delegateMax: 0,
    delegateCurrent: 0,
  };
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) readMemberField(reader, shape, index, member);
  return { kind: 'conflict-response', member };
}

function readMemberField(
  reader: MsgpackReader,
  shape: number,
  index: number,
  member: Mutable<ConflictMember>,
): void {
  switch (reader.field(memberFields, shape, index)) {
    case 'Addr':
      member.address = reader.bytesOrNull();
      return;
    case 'DelegateCur':
      member.delegateCurrent = reader.uint(uint8Max);
      return;
    case 'DelegateMax':
      member.delegateMax = reader.uint(uint8Max);
      return;
    case 'DelegateMin':
      member.delegateMin = reader.uint(uint8Max);
      return;
    case 'Name':
      member.name = reader.text();
      return;
    case 'Port':
      member.port = reader.uint(uint16Max);
      return;
    case 'ProtocolCur':
      member.protocolCurrent = reader.uint(uint8Max);
      return;
    case 'ProtocolMax':
      member.protocolMax = reader.uint(uint8Max);
      return;
    case 'ProtocolMin':
      member.protocolMin = reader.uint(uint8Max);
      return;
    case 'Status':
      member.status = reader.int();
      return;
    case 'Tags':
      member.tags = readMap(reader, readText);
      return;
    default:
      reader.skip();
  }
}

export function readKeyRequest(reader: MsgpackReader): KeyRequest {
  let key: Bytes | null = null;
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    if (reader.field(keyRequestFields, shape, index) === 'Key') key = reader.bytesOrNull();
    else reader.skip();
  }
  return { kind: 'key-request', key };
}

export function readKeyResponse(reader: MsgpackReader): KeyResponse {
  let result = false;
  let message = '';
  let keys: readonly string[] | null = null;
  let primaryKey = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(keyResponseFields, shape, index)) {
      case 'Keys':
        keys = readList(reader, readText);
        break;
      case 'Message':
        message = reader.text();
        break;
      case 'PrimaryKey':
        primaryKey = reader.text();
        break;
      case 'Result':
        result = reader.bool();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'key-response', result, message, keys, primaryKey };
}
