import { describe, expect, it } from 'vitest';

import { encodeCompound, readCompound } from '../../../src/wire/compound.ts';
import { codec } from '../../../src/wire/codec.ts';
import { encodeMessage, encodeStreamMessage } from '../../../src/wire/memberlist-writer.ts';
import { messageTypes } from '../../../src/wire/message-types.ts';
import { openPacket } from '../../../src/wire/packet.ts';
import { StreamBody } from '../../../src/wire/stream-body.ts';
import { memberlistMessage, nodeEntry } from './go-values.ts';
import { dialectsOf, fromHex, loadVectors, outcome, toHex } from './vectors.ts';
import type { GoStruct } from './vectors.ts';

interface MessageVector {
  readonly name: string;
  readonly type: number;
  readonly struct: string;
  readonly hex: string;
  readonly value: GoStruct;
}

interface CompoundVector {
  readonly name: string;
  readonly hex: string;
  readonly parts: readonly string[];
  readonly truncated?: number;
  readonly error?: string;
}

const open = { keyring: undefined, label: '' };
const onStreamsOnly = new Set<number>([messageTypes.error]);

function readOne(bytes: Uint8Array, isOnStream: boolean): unknown {
  if (isOnStream) return new StreamBody(0).read(bytes, bytes.length);
  const { messages, drops } = openPacket(bytes, open);
  return drops.length === 0 && messages.length === 1 ? messages[0] : { messages, drops };
}

describe('memberlist messages', () => {
  const records = loadVectors<MessageVector>('memberlist-messages');
  const parts = new Set(['pushNodeState', 'pushPullHeader', 'userMsgHeader', 'compress']);
  const whole = records.filter(({ struct }) => !parts.has(struct));
  const ofStruct = (struct: string) => records.filter((record) => record.struct === struct);

  it.each(whole)('writes $name byte for byte, and reads it back', (record) => {
    const message = memberlistMessage(record.type, record.value);
    for (const dialect of dialectsOf(record)) {
      expect(toHex(encodeMessage(message, dialect))).toBe(record.hex);
    }
    expect(readOne(fromHex(record.hex), onStreamsOnly.has(record.type))).toEqual(message);
  });

  it.each(ofStruct('pushPullHeader'))('writes and reads $name ($libs)', (record) => {
    const { Nodes, UserStateLen, Join } = record.value as Record<string, number>;
    const node = { name: '', address: new Uint8Array(0), port: 0, meta: null, incarnation: 0 };
    const nodes = Array.from({ length: Nodes ?? 0 }, () => ({ ...node, state: 0, versions: null }));
    const userState = new Uint8Array(UserStateLen ?? 0);
    const message = { kind: 'push-pull', join: Boolean(Join), nodes, userState } as const;
    for (const dialect of dialectsOf(record)) {
      const bytes = encodeStreamMessage(message, dialect);
      expect(toHex(bytes.subarray(0, record.hex.length / 2))).toBe(record.hex);
      expect(new StreamBody(0).read(bytes, bytes.length)).toEqual(message);
    }
  });

  it.each(ofStruct('pushNodeState'))('writes and reads $name', (record) => {
    const nodes = [nodeEntry(record.value)];
    const userState = new Uint8Array(0);
    const message = { kind: 'push-pull', join: false, nodes, userState } as const;
    const header = encodeStreamMessage({ ...message, nodes: [] });
    for (const dialect of dialectsOf(record)) {
      const bytes = encodeStreamMessage(message, dialect);
      expect(toHex(bytes.subarray(header.length))).toBe(record.hex.slice(2));
      expect(new StreamBody(0).read(bytes, bytes.length)).toEqual(message);
    }
  });

  it.each(ofStruct('userMsgHeader'))('writes and reads $name ($libs)', (record) => {
    const payload = new Uint8Array(record.value['UserMsgLen'] as number);
    for (const dialect of dialectsOf(record)) {
      const bytes = encodeStreamMessage({ kind: 'user', payload }, dialect);
      expect(toHex(bytes)).toBe(record.hex + toHex(payload));
      expect(new StreamBody(0).read(bytes, bytes.length)).toEqual({ kind: 'user', payload });
    }
  });

  it('has seen every record: the compress messages are those of the LZW vectors', () => {
    expect(records).toHaveLength(54);
    expect(ofStruct('compress')).toHaveLength(1);
    const checked = ['pushNodeState', 'pushPullHeader', 'userMsgHeader'].flatMap(ofStruct);
    expect(whole.length + checked.length).toBe(53);
  });

  it('refuses to write values that their field cannot carry', () => {
    const suspect = { kind: 'suspect', node: 'a', from: 'b' } as const;
    for (const incarnation of [-1, 2 ** 32, 1.5, Number.NaN]) {
      expect(() => codec.encode({ ...suspect, incarnation })).toThrow(RangeError);
    }
    // What threw half-way leaves nothing behind.
    expect(codec.encode({ ...suspect, incarnation: 7 })).toHaveLength(
      codec.encode({ ...suspect, incarnation: 8 }).length,
    );
  });

  it('keeps the 16-byte form of an IPv4 address', () => {
    const mapped = fromHex('00000000000000000000ffff7f000001');
    const alive = { kind: 'alive', incarnation: 1, node: 'n', address: mapped, port: 1 } as const;
    const bytes = codec.encode({ ...alive, meta: null, versions: null });
    expect(openPacket(bytes, open).messages).toEqual([{ ...alive, meta: null, versions: null }]);
  });
});

describe('compounds', () => {
  const records = loadVectors<CompoundVector>('memberlist-compound');

  it.each(records)('reads "$name" as Go does', ({ hex, parts, truncated, error }) => {
    const bytes = fromHex(hex);
    const read: string[] = [];
    const readAll = () =>
      readCompound(bytes, { start: 0, end: bytes.length }, (start, end) => {
        read.push(toHex(bytes.subarray(start, end)));
      });
    expect(outcome(readAll)).toBe(error ? 'refused' : (truncated ?? 0));
    expect(read).toEqual(parts);
  });

  it.each(
    records.filter(({ truncated, name }) => truncated === undefined && name !== 'with-empty-part'),
  )('writes "$name" byte for byte', ({ hex, parts }) => {
    expect(toHex(encodeCompound(parts.map(fromHex)))).toBe(hex);
  });

  it('has seen every record', () => {
    expect(records).toHaveLength(13);
  });

  it('drops only the parts that cannot be read', () => {
    const nack = fromHex('0b81a55365714e6f07');
    const packet = codec.compound([nack, Uint8Array.of(0x0c, 1, 2, 3, 4), nack]);
    expect(openPacket(packet, open)).toMatchObject({
      messages: [
        { kind: 'nack', sequence: 7 },
        { kind: 'nack', sequence: 7 },
      ],
      drops: ['unknown-type'],
    });
    expect(openPacket(packet.subarray(0, packet.length - 1), open)).toMatchObject({
      messages: [{ kind: 'nack', sequence: 7 }],
      drops: ['unknown-type', 'truncated'],
    });
  });

  it('joins 1…255 parts of 1…65,535 bytes and no others', () => {
    const part = Uint8Array.of(8);
    expect(codec.compound([new Uint8Array(65_535)])).toHaveLength(65_539);
    expect(codec.compound(Array.from({ length: 255 }, () => part))).toHaveLength(2 + 255 * 3);
    for (const parts of [
      [],
      [new Uint8Array(0)],
      [new Uint8Array(65_536)],
      Array(256).fill(part),
    ]) {
      expect(() => codec.compound(parts as Uint8Array[])).toThrow(RangeError);
    }
  });
});
