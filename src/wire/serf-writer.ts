/** Writes Serf's messages as Go does: type byte, then a map with sorted keys. */

import type {
  ConflictMember,
  EventSlot,
  Query,
  QueryResponse,
  Relay,
  SerfMessage,
  SerfState,
} from '../model/serf-message.ts';
import { encodeHead, encodeKey } from './fields.ts';
import { isKeyQuery, serfTypes } from './message-types.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { Dialect } from './msgpack-writer.ts';
import { assertSendable } from './wire-error.ts';

const uint8Max = 0xff;
const uint16Max = 0xffff;
const uint32Max = 0xffffffff;

const coalesceHead = encodeHead(serfTypes.userEvent, 4, 'CC');
const conflictHead = encodeHead(serfTypes.conflictResponse, 11, 'Addr');
const delegateCurrentKey = encodeKey('DelegateCur');
const delegateMaxKey = encodeKey('DelegateMax');
const delegateMinKey = encodeKey('DelegateMin');
const destinationNameKey = encodeKey('DestName');
const eventTimeHead = encodeHead(serfTypes.pushPull, 6, 'EventLTime');
const eventsKey = encodeKey('Events');
const filtersKey = encodeKey('Filters');
const flagsKey = encodeKey('Flags');
const fromKey = encodeKey('From');
const idKey = encodeKey('ID');
const ipKey = encodeKey('IP');
const joinHead = encodeHead(serfTypes.joinIntent, 2, 'LTime');
const keyRequestHead = encodeHead(serfTypes.keyRequest, 1, 'Key');
const keyResponseHead = encodeHead(serfTypes.keyResponse, 4, 'Keys');
const leaveHead = encodeHead(serfTypes.leaveIntent, 3, 'LTime');
const leftMembersKey = encodeKey('LeftMembers');
const messageKey = encodeKey('Message');
const nameKey = encodeKey('Name');
const nodeKey = encodeKey('Node');
const payloadKey = encodeKey('Payload');
const portKey = encodeKey('Port');
const primaryKeyKey = encodeKey('PrimaryKey');
const protocolCurrentKey = encodeKey('ProtocolCur');
const protocolMaxKey = encodeKey('ProtocolMax');
const protocolMinKey = encodeKey('ProtocolMin');
const pruneKey = encodeKey('Prune');
const queryHead = encodeHead(serfTypes.query, 11, 'Addr');
const queryTimeKey = encodeKey('QueryLTime');
const relayFactorKey = encodeKey('RelayFactor');
const relayHead = encodeHead(serfTypes.relay, 2, 'DestAddr');
const responseHead = encodeHead(serfTypes.queryResponse, 5, 'Flags');
const resultKey = encodeKey('Result');
const sourceNodeKey = encodeKey('SourceNode');
const statusKey = encodeKey('Status');
const statusTimesKey = encodeKey('StatusLTimes');
const tagsKey = encodeKey('Tags');
const timeKey = encodeKey('LTime');
const timeoutKey = encodeKey('Timeout');
const zoneKey = encodeKey('Zone');

const scratch = { old: new MsgpackWriter('old'), new: new MsgpackWriter('new') };

/**
 * A Serf message, type byte first. Throws a `RangeError` on values that no field can carry, and on
 * messages that would end a Go process: a query with an empty filter, a key query without payload.
 */
export function encodeSerfMessage(message: SerfMessage, dialect: Dialect = 'old'): Uint8Array {
  const writer = scratch[dialect];
  writer.reset();
  writeSerfMessage(writer, message);
  return writer.finish();
}

function writeSerfMessage(writer: MsgpackWriter, message: SerfMessage): void {
  switch (message.kind) {
    case 'leave-intent':
      writer.plain(leaveHead);
      writer.uint64(message.time);
      writer.plain(nodeKey);
      writer.text(message.node);
      writer.plain(pruneKey);
      writer.bool(message.prune);
      return;
    case 'join-intent':
      writer.plain(joinHead);
      writer.uint64(message.time);
      writer.plain(nodeKey);
      writer.text(message.node);
      return;
    case 'serf-state':
      writeState(writer, message);
      return;
    case 'user-event':
      writer.plain(coalesceHead);
      writer.bool(message.coalesce);
      writer.plain(timeKey);
      writer.uint64(message.time);
      writer.plain(nameKey);
      writer.text(message.name);
      writer.plain(payloadKey);
      writer.bytes(message.payload);
      return;
    case 'query':
      writeQuery(writer, message);
      return;
    case 'query-response':
      writeResponse(writer, message);
      return;
    case 'conflict-response':
      writeConflict(writer, message.member);
      return;
    case 'key-request':
      writer.plain(keyRequestHead);
      writer.bytes(message.key);
      return;
    case 'key-response':
      writer.plain(keyResponseHead);
      writeTexts(writer, message.keys);
      writer.plain(messageKey);
      writer.text(message.message);
      writer.plain(primaryKeyKey);
      writer.text(message.primaryKey);
      writer.plain(resultKey);
      writer.bool(message.result);
      return;
    case 'relay':
      writeRelay(writer, message);
      return;
    default:
      message satisfies never;
  }
}

function writeState(writer: MsgpackWriter, state: SerfState): void {
  writer.plain(eventTimeHead);
  writer.uint64(state.eventTime);
  writer.plain(eventsKey);
  if (state.events === null) writer.nil();
  else {
    writer.list(state.events.length);
    for (const slot of state.events) writeSlot(writer, slot);
  }
  writer.plain(timeKey);
  writer.uint64(state.time);
  writer.plain(leftMembersKey);
  writeTexts(writer, state.leftMembers);
  writer.plain(queryTimeKey);
  writer.uint64(state.queryTime);
  writer.plain(statusTimesKey);
  if (state.statusTimes === null) {
    writer.nil();
    return;
  }
  writer.map(state.statusTimes.size);
  for (const [name, time] of state.statusTimes) {
    writer.text(name);
    writer.uint64(time);
  }
}

function writeSlot(writer: MsgpackWriter, slot: EventSlot | null): void {
  if (slot === null) {
    writer.nil();
    return;
  }
  writer.map(2);
  writer.plain(eventsKey);
  if (slot.events === null) writer.nil();
  else {
    writer.list(slot.events.length);
    for (const { name, payload } of slot.events) {
      writer.map(2);
      writer.plain(nameKey);
      writer.text(name);
      writer.plain(payloadKey);
      writer.bytes(payload);
    }
  }
  writer.plain(timeKey);
  writer.uint64(slot.time);
}

function writeQuery(writer: MsgpackWriter, query: Query): void {
  assertSendable(
    !isKeyQuery(query.name) || (query.payload !== null && query.payload.length > 0),
    `${query.name} without a payload`,
  );
  writer.plain(queryHead);
  writer.bytes(query.address);
  writer.plain(filtersKey);
  writeFilters(writer, query.filters);
  writer.plain(flagsKey);
  writer.uint(query.flags, uint32Max);
  writer.plain(idKey);
  writer.uint(query.id, uint32Max);
  writer.plain(timeKey);
  writer.uint64(query.time);
  writer.plain(nameKey);
  writer.text(query.name);
  writer.plain(payloadKey);
  writer.bytes(query.payload);
  writer.plain(portKey);
  writer.uint(query.port, uint16Max);
  writer.plain(relayFactorKey);
  writer.uint(query.relayFactor, uint8Max);
  writer.plain(sourceNodeKey);
  writer.text(query.sourceNode);
  writer.plain(timeoutKey);
  writer.int64(query.timeoutNs);
}

function writeFilters(writer: MsgpackWriter, filters: Query['filters']): void {
  if (filters === null) {
    writer.nil();
    return;
  }
  writer.list(filters.length);
  for (const filter of filters) {
    assertSendable(filter.length > 0, 'an empty filter');
    writer.bytes(filter);
  }
}

function writeResponse(writer: MsgpackWriter, response: QueryResponse): void {
  writer.plain(responseHead);
  writer.uint(response.flags, uint32Max);
  writer.plain(fromKey);
  writer.text(response.from);
  writer.plain(idKey);
  writer.uint(response.id, uint32Max);
  writer.plain(timeKey);
  writer.uint64(response.time);
  writer.plain(payloadKey);
  writer.bytes(response.payload);
}

function writeConflict(writer: MsgpackWriter, member: ConflictMember | null): void {
  if (member === null) {
    writer.byte(serfTypes.conflictResponse);
    writer.nil();
    return;
  }
  writer.plain(conflictHead);
  writer.bytes(member.address);
  writer.plain(delegateCurrentKey);
  writer.uint(member.delegateCurrent, uint8Max);
  writer.plain(delegateMaxKey);
  writer.uint(member.delegateMax, uint8Max);
  writer.plain(delegateMinKey);
  writer.uint(member.delegateMin, uint8Max);
  writer.plain(nameKey);
  writer.text(member.name);
  writer.plain(portKey);
  writer.uint(member.port, uint16Max);
  writer.plain(protocolCurrentKey);
  writer.uint(member.protocolCurrent, uint8Max);
  writer.plain(protocolMaxKey);
  writer.uint(member.protocolMax, uint8Max);
  writer.plain(protocolMinKey);
  writer.uint(member.protocolMin, uint8Max);
  writer.plain(statusKey);
  writer.int64(member.status);
  writer.plain(tagsKey);
  if (member.tags === null) {
    writer.nil();
    return;
  }
  writer.map(member.tags.size);
  for (const [key, value] of member.tags) {
    writer.text(key);
    writer.text(value);
  }
}

function writeRelay(writer: MsgpackWriter, relay: Relay): void {
  assertSendable(relay.message.length > 0, 'a relay of nothing');
  writer.plain(relayHead);
  writer.map(3);
  writer.plain(ipKey);
  writer.bytes(relay.destinationAddress);
  writer.plain(portKey);
  writer.int64(relay.destinationPort);
  writer.plain(zoneKey);
  writer.text(relay.destinationZone);
  writer.plain(destinationNameKey);
  writer.text(relay.destinationName);
  writer.plain(relay.message);
}

function writeTexts(writer: MsgpackWriter, texts: readonly string[] | null): void {
  if (texts === null) {
    writer.nil();
    return;
  }
  writer.list(texts.length);
  for (const text of texts) writer.text(text);
}
