import { describe, expect, it } from 'vitest';

import type { PacketMessage, StreamMessage } from '../../../src/model/message.ts';
import type { SerfMessage } from '../../../src/model/serf-message.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { encodeMessage } from '../../../src/wire/memberlist-writer.ts';
import { messageTypes, serfTypes } from '../../../src/wire/message-types.ts';
import { openPacket } from '../../../src/wire/packet.ts';
import { encodeSerfMessage } from '../../../src/wire/serf-writer.ts';
import { sealStream, StreamReader } from '../../../src/wire/stream.ts';
import { memberlistMessage, nodeEntry, relay, serfMessage } from './go-values.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';
import type { GoStruct } from './vectors.ts';

interface Decoded {
  readonly type: number;
  readonly value?: GoStruct;
  readonly user?: DecodedSerf;
  /** Of a compression. */
  readonly inner?: Decoded;
  /** Of a compound. */
  readonly parts?: readonly Decoded[];
  /** Of a push/pull. */
  readonly join?: boolean;
  readonly nodes?: readonly GoStruct[];
  readonly userStateLength?: number;
}

interface DecodedSerf {
  readonly serfType: number;
  readonly value?: GoStruct | null;
  /** Of a relay. */
  readonly header?: GoStruct;
  readonly inner?: DecodedSerf;
}

interface CaptureVector {
  readonly transport: 'udp' | 'tcp';
  readonly from: string;
  readonly listenerReply?: boolean;
  readonly keys?: readonly string[];
  readonly shape: string;
  readonly hex: string;
  readonly decoded: Decoded & { readonly message?: Decoded };
}

interface TcpPingVector {
  readonly agent: string;
  readonly keys: readonly string[];
  readonly requestHex: string;
  readonly request: Decoded;
  readonly replyHex: string;
  readonly reply: Decoded;
}

function securityOf(keys: readonly string[] | undefined) {
  const keyring = keys?.length ? new Keyring(keys.map(fromHex)) : undefined;
  return { keyring, label: '' };
}

/** The plain messages of what Go's own reader made of a packet. */
function flatten(decoded: Decoded): Decoded[] {
  if (decoded.inner !== undefined) return flatten(decoded.inner);
  return decoded.parts?.flatMap(flatten) ?? [decoded];
}

/** A message as the record of Go's reader can say it: Serf's inside, where there is one. */
function observed(message: PacketMessage | StreamMessage): unknown {
  if (message.kind === 'user') return { ...message, payload: observedSerf(message.payload) };
  if (message.kind !== 'push-pull') return message;
  const { userState, ...rest } = message;
  return { ...rest, length: userState.length, userState: observedSerf(userState) };
}

function observedSerf(payload: Uint8Array): unknown {
  const read = codec.decodeSerf(payload);
  if (!read.ok) return read.reason;
  if (!writtenAgain(read.value).includes(toHex(payload))) return 'written differently';
  if (read.value.kind !== 'relay') return read.value;
  return { ...read.value, message: observedSerf(read.value.message) };
}

/** Written again, what an agent of either codec sent is the same bytes in its dialect. */
function writtenAgain(message: SerfMessage): string[] {
  return (['old', 'new'] as const).map((dialect) => toHex(encodeSerfMessage(message, dialect)));
}

/** The same of what Go's own reader made of it. */
function expected(decoded: Decoded): unknown {
  const { type, value = {}, user, join, nodes, userStateLength } = decoded;
  const serf = user === undefined ? undefined : expectedSerf(user);
  if (type === messageTypes.user) return { kind: 'user', payload: serf };
  if (type !== messageTypes.pushPull) return memberlistMessage(type, value);
  const entries = nodes?.map(nodeEntry);
  return { kind: 'push-pull', join, nodes: entries, length: userStateLength, userState: serf };
}

function expectedSerf({ serfType, value, header, inner }: DecodedSerf): unknown {
  if (serfType !== serfTypes.relay) return serfMessage(serfType, value ?? null);
  const cargo = inner === undefined ? undefined : expectedSerf(inner);
  return { ...relay(header ?? {}, new Uint8Array(0)), message: cargo };
}

function readStream(hex: string, keys: readonly string[] | undefined, isDialer: boolean): unknown {
  const result = new StreamReader({ security: securityOf(keys), isDialer }).push(fromHex(hex));
  return result.kind === 'message' ? observed(result.message) : result;
}

function readRecord(record: CaptureVector): unknown[] {
  const { transport, hex, keys, listenerReply } = record;
  if (transport === 'tcp') return [readStream(hex, keys, listenerReply === true)];
  const { messages, drops } = openPacket(fromHex(hex), securityOf(keys));
  return [...messages.map(observed), ...drops];
}

describe('what real agents sent to each other', () => {
  it.each([
    { file: 'capture-plain', count: 63 },
    { file: 'capture-encrypted', count: 65 },
  ])('is read as Go reads it, and written back byte for byte ($file)', ({ file, count }) => {
    const records = loadVectors<CaptureVector>(file);
    for (const record of records) {
      const parts = flatten(record.decoded.message ?? record.decoded);
      expect(readRecord(record), record.shape).toEqual(parts.map(expected));
    }
    expect(records).toHaveLength(count);
  });

  it('is written back to what reads the same', () => {
    for (const { transport, hex, keys } of loadVectors<CaptureVector>('capture-encrypted')) {
      const { messages } =
        transport === 'udp' ? openPacket(fromHex(hex), securityOf(keys)) : { messages: [] };
      const again = messages.map((message) => openPacket(encodeMessage(message), securityOf([])));
      expect(again.flatMap((packet) => packet.messages)).toEqual(messages);
    }
  });

  it('holds for the stream pings of agents, and for the replies that they accepted', () => {
    const records = loadVectors<TcpPingVector>('tcp-ping');
    for (const { keys, requestHex, request, replyHex, reply } of records) {
      expect(readStream(requestHex, keys, false)).toEqual(expected(request));
      expect(readStream(replyHex, keys, true)).toEqual(expected(reply));
    }
    expect(records).toHaveLength(15);
    const options = { security: securityOf([]), compression: false, isDialer: false };
    for (const { replyHex, reply } of records.filter(({ keys }) => keys.length === 0)) {
      const ack = memberlistMessage(reply.type, reply.value ?? {});
      expect(toHex(sealStream(ack, options))).toBe(replyHex);
    }
  });

  it('carries coordinates as the payload of acks, which is passed on untouched', () => {
    const payloads = loadVectors<{ kind: string; hex?: string }>('coordinates').filter(
      ({ kind }) => kind === 'ack-payload',
    );
    expect(payloads.length).toBeGreaterThan(0);
    for (const { hex = '' } of payloads) {
      const ack = { kind: 'ack', sequence: 1, payload: fromHex(hex) } as const;
      const opened = openPacket(codec.encode(ack), securityOf(undefined));
      expect(opened.messages).toEqual([ack]);
    }
  });
});
