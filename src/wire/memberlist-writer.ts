/** Writes memberlist's messages as Go does: type byte, then a map with sorted keys. */

import type { Message, NodeEntry, PushPull, ReplyTo } from '../model/message.ts';
import { encodeHead, encodeKey } from './fields.ts';
import { limits } from './limits.ts';
import { messageTypes } from './message-types.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { Dialect } from './msgpack-writer.ts';
import { assertSendable } from './wire-error.ts';

const uint16Max = 0xffff;
const uint32Max = 0xffffffff;

// Everything of a message that is always the same, prepared once: writing is then mostly copying.
const incarnationKey = encodeKey('Incarnation');
const nackKey = encodeKey('Nack');
const metaKey = encodeKey('Meta');
const nameKey = encodeKey('Name');
const nodeKey = encodeKey('Node');
const nodesKey = encodeKey('Nodes');
const portKey = encodeKey('Port');
const sequenceKey = encodeKey('SeqNo');
const sourceAddressKey = encodeKey('SourceAddr');
const sourceNodeKey = encodeKey('SourceNode');
const sourcePortKey = encodeKey('SourcePort');
const stateKey = encodeKey('State');
const targetKey = encodeKey('Target');
const userStateLengthKey = encodeKey('UserStateLen');
const versionsKey = encodeKey('Vsn');
const ackHead = encodeHead(messageTypes.ack, 2, 'Payload');
const nackHead = encodeHead(messageTypes.nack, 1, 'SeqNo');
const suspectHead = encodeHead(messageTypes.suspect, 3, 'From');
const deadHead = encodeHead(messageTypes.dead, 3, 'From');
const aliveHead = encodeHead(messageTypes.alive, 6, 'Addr');
const errorHead = encodeHead(messageTypes.error, 1, 'Error');
const pushPullHead = encodeHead(messageTypes.pushPull, 3, 'Join');
const nodeEntryHead = Uint8Array.of(0x87, ...encodeKey('Addr'));
const userHead = encodeHead(messageTypes.user, 1, 'UserMsgLen');

/** Which fields of an address to reply to are left out when empty. */
const pingFieldsMin = 2;
const indirectPingFieldsMin = 5;

const scratch = { old: new MsgpackWriter('old'), new: new MsgpackWriter('new') };

/**
 * A message as it travels on a stream: as in a packet, but user messages carry their length.
 * Throws a `RangeError` on values that no field can carry.
 */
export function encodeStreamMessage(message: Message, dialect: Dialect = 'old'): Uint8Array {
  if (message.kind !== 'user') return encodeMessage(message, dialect);
  const { payload } = message;
  assertSendable(payload.length <= limits.streamUserBytesMax, `${payload.length} bytes to a user`);
  const writer = start(dialect);
  writer.plain(userHead);
  writer.int64(payload.length);
  writer.plain(payload);
  return writer.finish();
}

/** A message as it travels in a packet. Throws a `RangeError` on values that no field can carry. */
export function encodeMessage(message: Message, dialect: Dialect = 'old'): Uint8Array {
  const writer = start(dialect);
  writeMessage(writer, message);
  return writer.finish();
}

function start(dialect: Dialect): MsgpackWriter {
  const writer = scratch[dialect];
  writer.reset();
  return writer;
}

function writeMessage(writer: MsgpackWriter, message: Message): void {
  switch (message.kind) {
    case 'ping':
      writePing(writer, message);
      return;
    case 'indirect-ping':
      writeIndirectPing(writer, message);
      return;
    case 'ack':
      writer.plain(ackHead);
      writer.bytes(message.payload);
      writer.plain(sequenceKey);
      writer.uint(message.sequence, uint32Max);
      return;
    case 'nack':
      writer.plain(nackHead);
      writer.uint(message.sequence, uint32Max);
      return;
    case 'suspect':
      writer.plain(suspectHead);
      writeAccusation(writer, message);
      return;
    case 'alive':
      writer.plain(aliveHead);
      writeAlive(writer, message);
      return;
    case 'dead':
      writer.plain(deadHead);
      writeAccusation(writer, message);
      return;
    case 'user':
      writer.byte(messageTypes.user);
      writer.plain(message.payload);
      return;
    case 'push-pull':
      writePushPull(writer, message);
      return;
    case 'error':
      writer.plain(errorHead);
      writer.text(message.text);
      return;
    default:
      message satisfies never;
  }
}

function writePing(writer: MsgpackWriter, ping: Extract<Message, { kind: 'ping' }>): void {
  writer.byte(messageTypes.ping);
  writer.map(pingFieldsMin + replyToFields(ping));
  writer.plain(nodeKey);
  writer.text(ping.node);
  writer.plain(sequenceKey);
  writer.uint(ping.sequence, uint32Max);
  writeReplyTo(writer, ping);
}

function writeIndirectPing(
  writer: MsgpackWriter,
  ping: Extract<Message, { kind: 'indirect-ping' }>,
): void {
  writer.byte(messageTypes.indirectPing);
  writer.map(indirectPingFieldsMin + replyToFields(ping));
  writer.plain(nackKey);
  writer.bool(ping.nack);
  writer.plain(nodeKey);
  writer.text(ping.node);
  writer.plain(portKey);
  writer.uint(ping.port, uint16Max);
  writer.plain(sequenceKey);
  writer.uint(ping.sequence, uint32Max);
  writeReplyTo(writer, ping);
  writer.plain(targetKey);
  writer.bytes(ping.target);
}

function replyToFields(replyTo: ReplyTo): number {
  return (
    (replyTo.sourceAddress.length > 0 ? 1 : 0) +
    (replyTo.sourceNode === '' ? 0 : 1) +
    (replyTo.sourcePort === 0 ? 0 : 1)
  );
}

function writeReplyTo(writer: MsgpackWriter, replyTo: ReplyTo): void {
  if (replyTo.sourceAddress.length > 0) {
    writer.plain(sourceAddressKey);
    writer.bytes(replyTo.sourceAddress);
  }
  if (replyTo.sourceNode !== '') {
    writer.plain(sourceNodeKey);
    writer.text(replyTo.sourceNode);
  }
  if (replyTo.sourcePort !== 0) {
    writer.plain(sourcePortKey);
    writer.uint(replyTo.sourcePort, uint16Max);
  }
}

function writeAccusation(
  writer: MsgpackWriter,
  message: Extract<Message, { kind: 'suspect' | 'dead' }>,
): void {
  writer.text(message.from);
  writer.plain(incarnationKey);
  writer.uint(message.incarnation, uint32Max);
  writer.plain(nodeKey);
  writer.text(message.node);
}

function writeAlive(writer: MsgpackWriter, alive: Extract<Message, { kind: 'alive' }>): void {
  writer.bytes(alive.address);
  writer.plain(incarnationKey);
  writer.uint(alive.incarnation, uint32Max);
  writer.plain(metaKey);
  writer.bytes(alive.meta);
  writer.plain(nodeKey);
  writer.text(alive.node);
  writer.plain(portKey);
  writer.uint(alive.port, uint16Max);
  writer.plain(versionsKey);
  writer.bytes(alive.versions);
}

function writePushPull(writer: MsgpackWriter, message: PushPull): void {
  const { nodes, userState } = message;
  assertSendable(nodes.length <= limits.streamNodesMax, `${nodes.length} nodes`);
  assertSendable(
    userState.length <= limits.streamUserBytesMax,
    `${userState.length} bytes of state`,
  );
  writer.plain(pushPullHead);
  writer.bool(message.join);
  writer.plain(nodesKey);
  writer.int64(nodes.length);
  writer.plain(userStateLengthKey);
  writer.int64(userState.length);
  for (const node of nodes) writeNodeEntry(writer, node);
  writer.plain(userState);
}

function writeNodeEntry(writer: MsgpackWriter, node: NodeEntry): void {
  writer.plain(nodeEntryHead);
  writer.bytes(node.address);
  writer.plain(incarnationKey);
  writer.uint(node.incarnation, uint32Max);
  writer.plain(metaKey);
  writer.bytes(node.meta);
  writer.plain(nameKey);
  writer.text(node.name);
  writer.plain(portKey);
  writer.uint(node.port, uint16Max);
  writer.plain(stateKey);
  writer.int64(node.state);
  writer.plain(versionsKey);
  writer.bytes(node.versions);
}
