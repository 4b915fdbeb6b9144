/** Go's structs, as the vectors record them, turned into our messages. */

import type {
  Message,
  NodeEntry,
  PacketMessage,
  StreamMessage,
} from '../../../src/model/message.ts';
import type { ConflictMember, EventSlot, SerfMessage } from '../../../src/model/serf-message.ts';
import { messageTypes, serfTypes } from '../../../src/wire/message-types.ts';
import { bytesOf, bytesOrNull, integerMapOf, integerOf, textMapOf } from './vectors.ts';
import type { GoStruct } from './vectors.ts';

/** memberlist's messages that are one struct. */
export function memberlistMessage(type: number, go: GoStruct): PacketMessage & StreamMessage;
export function memberlistMessage(type: number, go: GoStruct): Message {
  switch (type) {
    case messageTypes.ping:
      return {
        kind: 'ping',
        sequence: go['SeqNo'] as number,
        node: go['Node'] as string,
        ...replyTo(go),
      };
    case messageTypes.indirectPing:
      return {
        kind: 'indirect-ping',
        sequence: go['SeqNo'] as number,
        target: bytesOf(go['Target']),
        port: go['Port'] as number,
        node: go['Node'] as string,
        nack: go['Nack'] as boolean,
        ...replyTo(go),
      };
    case messageTypes.ack:
      return { kind: 'ack', sequence: go['SeqNo'] as number, payload: bytesOrNull(go['Payload']) };
    case messageTypes.nack:
      return { kind: 'nack', sequence: go['SeqNo'] as number };
    case messageTypes.suspect:
      return { kind: 'suspect', ...accusation(go) };
    case messageTypes.dead:
      return { kind: 'dead', ...accusation(go) };
    case messageTypes.alive:
      return {
        kind: 'alive',
        incarnation: go['Incarnation'] as number,
        node: go['Node'] as string,
        address: bytesOf(go['Addr']),
        port: go['Port'] as number,
        meta: bytesOrNull(go['Meta']),
        versions: bytesOrNull(go['Vsn']),
      };
    case messageTypes.error:
      return { kind: 'error', text: go['Error'] as string };
    default:
      throw new Error(`no struct for memberlist type ${type}`);
  }
}

function replyTo(go: GoStruct): {
  sourceAddress: Uint8Array;
  sourcePort: number;
  sourceNode: string;
} {
  return {
    sourceAddress: bytesOf(go['SourceAddr']),
    sourcePort: go['SourcePort'] as number,
    sourceNode: go['SourceNode'] as string,
  };
}

function accusation(go: GoStruct): { incarnation: number; node: string; from: string } {
  return {
    incarnation: go['Incarnation'] as number,
    node: go['Node'] as string,
    from: go['From'] as string,
  };
}

export function nodeEntry(go: GoStruct): NodeEntry {
  return {
    name: go['Name'] as string,
    address: bytesOf(go['Addr']),
    port: go['Port'] as number,
    meta: bytesOrNull(go['Meta']),
    incarnation: go['Incarnation'] as number,
    state: go['State'] as number,
    versions: bytesOrNull(go['Vsn']),
  };
}

/** Serf's messages, but for the relay. */
export function serfMessage(type: number, go: GoStruct | null): SerfMessage {
  if (type === serfTypes.conflictResponse) return { kind: 'conflict-response', member: member(go) };
  if (go === null) throw new Error('only a conflict response can be nil');
  switch (type) {
    case serfTypes.leaveIntent:
      return {
        kind: 'leave-intent',
        time: integerOf(go['LTime']),
        node: go['Node'] as string,
        prune: go['Prune'] as boolean,
      };
    case serfTypes.joinIntent:
      return { kind: 'join-intent', time: integerOf(go['LTime']), node: go['Node'] as string };
    case serfTypes.pushPull:
      return {
        kind: 'serf-state',
        time: integerOf(go['LTime']),
        statusTimes: integerMapOf(go['StatusLTimes']),
        leftMembers: go['LeftMembers'] as string[] | null,
        eventTime: integerOf(go['EventLTime']),
        events: (go['Events'] as (GoStruct | null)[] | null)?.map(slot) ?? null,
        queryTime: integerOf(go['QueryLTime']),
      };
    case serfTypes.userEvent:
      return {
        kind: 'user-event',
        time: integerOf(go['LTime']),
        name: go['Name'] as string,
        payload: bytesOrNull(go['Payload']),
        coalesce: go['CC'] as boolean,
      };
    case serfTypes.query:
      return query(go);
    case serfTypes.queryResponse:
      return {
        kind: 'query-response',
        time: integerOf(go['LTime']),
        id: go['ID'] as number,
        from: go['From'] as string,
        flags: go['Flags'] as number,
        payload: bytesOrNull(go['Payload']),
      };
    case serfTypes.keyRequest:
      return { kind: 'key-request', key: bytesOrNull(go['Key']) };
    case serfTypes.keyResponse:
      return {
        kind: 'key-response',
        result: go['Result'] as boolean,
        message: go['Message'] as string,
        keys: go['Keys'] as string[] | null,
        primaryKey: go['PrimaryKey'] as string,
      };
    default:
      throw new Error(`no struct for Serf type ${type}`);
  }
}

function query(go: GoStruct): SerfMessage {
  return {
    kind: 'query',
    time: integerOf(go['LTime']),
    id: go['ID'] as number,
    address: bytesOf(go['Addr']),
    port: go['Port'] as number,
    sourceNode: go['SourceNode'] as string,
    filters: (go['Filters'] as unknown[] | null)?.map((filter) => bytesOf(filter)) ?? null,
    flags: go['Flags'] as number,
    relayFactor: go['RelayFactor'] as number,
    timeoutNs: integerOf(go['Timeout']),
    name: go['Name'] as string,
    payload: bytesOrNull(go['Payload']),
  };
}

/** A relay header and the message behind it. */
export function relay(header: GoStruct, message: Uint8Array): SerfMessage {
  const address = header['DestAddr'] as GoStruct;
  return {
    kind: 'relay',
    destinationAddress: bytesOrNull(address['IP']),
    destinationPort: address['Port'] as number,
    destinationZone: address['Zone'] as string,
    destinationName: header['DestName'] as string,
    message,
  };
}

function slot(go: GoStruct | null): EventSlot | null {
  if (go === null) return null;
  const events = (go['Events'] as GoStruct[] | null)?.map((event) => ({
    name: event['Name'] as string,
    payload: bytesOrNull(event['Payload']),
  }));
  return { time: integerOf(go['LTime']), events: events ?? null };
}

function member(go: GoStruct | null): ConflictMember | null {
  if (go === null) return null;
  return {
    name: go['Name'] as string,
    address: bytesOrNull(go['Addr']),
    port: go['Port'] as number,
    tags: textMapOf(go['Tags']),
    status: go['Status'] as number,
    protocolMin: go['ProtocolMin'] as number,
    protocolMax: go['ProtocolMax'] as number,
    protocolCurrent: go['ProtocolCur'] as number,
    delegateMin: go['DelegateMin'] as number,
    delegateMax: go['DelegateMax'] as number,
    delegateCurrent: go['DelegateCur'] as number,
  };
}
