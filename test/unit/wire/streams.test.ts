import { describe, expect, it } from 'vitest';

import type { StreamMessage } from '../../../src/model/message.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { limits } from '../../../src/wire/limits.ts';
import { encodeStreamMessage } from '../../../src/wire/memberlist-writer.ts';
import { messageTypes } from '../../../src/wire/message-types.ts';
import type { Security } from '../../../src/wire/security.ts';
import { sealStream, sealStreamBytes, StreamReader } from '../../../src/wire/stream.ts';
import type { StreamRead } from '../../../src/wire/stream.ts';
import { memberlistMessage, nodeEntry } from './go-values.ts';
import { dialectsOf, fromHex, loadVectors, toHex } from './vectors.ts';
import type { GoStruct } from './vectors.ts';

interface StreamVector {
  readonly name: string;
  readonly kind: string;
  readonly label: string;
  readonly key: string | null;
  readonly encryptionVersion: 0 | 1 | null;
  readonly compressionEnabled: boolean;
  readonly header?: { readonly Join: boolean };
  readonly nodes?: readonly GoStruct[];
  readonly userStateHex?: string;
  readonly userMsgHex?: string;
  readonly value?: GoStruct;
  readonly hex: string;
}

const plain: Security = { keyring: undefined, label: '' };

function messageOf(record: StreamVector): StreamMessage {
  if (record.nodes !== undefined) {
    return {
      kind: 'push-pull',
      join: record.header?.Join ?? false,
      nodes: record.nodes.map(nodeEntry),
      userState: fromHex(record.userStateHex ?? ''),
    };
  }
  if (record.userMsgHex !== undefined) return { kind: 'user', payload: fromHex(record.userMsgHex) };
  const types = { ping: messageTypes.ping, ack: messageTypes.ack, err: messageTypes.error };
  const kind = record.kind.split(' ')[0] as keyof typeof types;
  return memberlistMessage(types[kind], record.value ?? {});
}

function read(bytes: Uint8Array, security: Security, isDialer: boolean): StreamRead {
  return new StreamReader({ security, isDialer }).push(bytes);
}

/** What comes with the last byte, or with the first that is answered by anything but `more`. */
function readByteByByte(bytes: Uint8Array, security: Security, isDialer: boolean): StreamRead {
  const reader = new StreamReader({ security, isDialer });
  for (const byte of bytes.subarray(0, -1)) {
    const result = reader.push(Uint8Array.of(byte));
    if (result.kind !== 'more') return { ...result, kind: 'failed' } as StreamRead;
  }
  return reader.push(bytes.subarray(-1));
}

describe('streams', () => {
  const records = loadVectors<StreamVector>('memberlist-streams');

  it('seals and reads every recorded stream byte for byte, whole and byte by byte', () => {
    let checked = 0;
    for (const record of records) {
      const { name, label, encryptionVersion } = record;
      const keyring = record.key === null ? undefined : new Keyring([fromHex(record.key)]);
      const security = { keyring, label };
      // A reply has no label header, although its encryption knows the label.
      const isDialer = !record.kind.includes('no label header');
      const bytes = fromHex(record.hex);
      const message = messageOf(record);
      const nonceAt = (isDialer && label !== '' ? 2 + label.length : 0) + 6;
      for (const dialect of dialectsOf(record)) {
        const sealed = sealStreamBytes(encodeStreamMessage(message, dialect), {
          security,
          compression: record.compressionEnabled,
          isDialer,
          ...(keyring !== undefined && { nonce: bytes.subarray(nonceAt, nonceAt + 12) }),
          ...(encryptionVersion !== null && { encryptionVersion }),
        });
        expect(toHex(sealed), name).toBe(record.hex);
      }
      expect(read(bytes, security, !isDialer), name).toEqual({ kind: 'message', message });
      const again = readByteByByte(bytes, security, !isDialer);
      expect(again, name).toEqual({ kind: 'message', message });
      checked += 1;
    }
    expect(checked).toBe(256);
  });

  const key = new Uint8Array(16).fill(7);
  const keyring = new Keyring([key]);
  const ping: StreamMessage = {
    kind: 'ping',
    sequence: 1,
    node: 'n',
    sourceAddress: new Uint8Array(0),
    sourcePort: 0,
    sourceNode: '',
  };
  const seal = (security: Security, compression = false) =>
    sealStream(ping, { security, compression, isDialer: true });
  const failure = (bytes: Uint8Array, security: Security, isDialer = false) => {
    const reader = new StreamReader({ security, isDialer });
    const pushed = reader.push(bytes);
    const result = pushed.kind === 'more' ? reader.end() : pushed;
    return result.kind === 'failed' ? [result.reason, result.answer] : result;
  };

  it('answers what it could not get at, and only closes on what it could not understand', () => {
    const encrypted = { keyring, label: '' };
    const other = { keyring: new Keyring([new Uint8Array(16)]), label: '' };
    expect(failure(seal(other), encrypted)).toEqual(['undecryptable', true]);
    expect(failure(seal(plain), encrypted)).toEqual(['not-encrypted', true]);
    expect(failure(seal(encrypted), plain)).toEqual(['encrypted', true]);
    expect(failure(fromHex('0affffffff'), encrypted)).toEqual(['too-large', true]);
    expect(failure(fromHex('0a00000000'), encrypted)).toEqual(['undecryptable', true]);
    expect(failure(fromHex('0982a4416c676f00a3427566a2ffff'), plain)).toEqual([
      'compression',
      true,
    ]);
    expect(failure(fromHex('0982a4416c676f01a3427566a3000302'), plain)).toEqual([
      'compression',
      true,
    ]);
    expect(failure(fromHex('63'), plain)).toEqual(['unknown-type', false]);
    expect(failure(fromHex('0005'), plain)).toEqual(['malformed', false]);
    expect(failure(fromHex('0081'), plain)).toEqual(['truncated', false]);
    expect(failure(new Uint8Array(0), plain)).toEqual(['empty', false]);
    // Who dialled has nobody to answer to.
    expect(failure(seal(other), encrypted, true)).toEqual(['undecryptable', false]);
  });

  it('takes its own label only, from the dialer only', () => {
    const blue = { keyring: undefined, label: 'blue' };
    expect(read(seal(blue), blue, false).kind).toBe('message');
    expect(failure(seal(blue), plain)).toEqual(['label', false]);
    expect(failure(seal(plain), blue)).toEqual(['label', false]);
    expect(failure(seal(blue), { ...blue, label: 'red' })).toEqual(['label', false]);
    expect(failure(fromHex('f400'), blue)).toEqual(['label', false]);
    expect(failure(fromHex('f404626c'), blue)).toEqual(['truncated', false]);
    expect(failure(seal(blue), blue, true)).toEqual(['unknown-type', false]);
    const closed = { keyring, label: 'blue' };
    const reply = sealStream(ping, { security: closed, compression: true, isDialer: false });
    expect(reply[0]).toBe(10);
    expect(read(reply, closed, true).kind).toBe('message');
    expect(failure(reply, { keyring, label: 'red' }, true)).toEqual(['undecryptable', false]);
  });

  it('does not wait for more than an envelope holds', () => {
    const header = Uint8Array.of(6, 0x81, ...fromHex('a54e6f646573'), 5);
    for (const compression of [true, false]) {
      const options = { security: { keyring, label: '' }, compression, isDialer: true };
      const bytes = sealStreamBytes(header, options);
      expect(read(bytes, options.security, false)).toMatchObject({ reason: 'truncated' });
    }
    expect(read(header, plain, false).kind).toBe('more');
  });

  it('ignores bytes after the message and keeps its verdict', () => {
    const reader = new StreamReader({ security: plain, isDialer: false });
    const first = reader.push(Uint8Array.of(...seal(plain), 1, 2, 3));
    expect(first.kind).toBe('message');
    expect(reader.push(Uint8Array.of(1))).toBe(first);
    expect(reader.end()).toBe(first);
  });

  it('refuses counts and sizes over the limits as soon as they are announced', () => {
    const announce = (field: string, valueHex: string) =>
      Uint8Array.of(6, 0x81, 0xa0 | field.length, ...Buffer.from(field), ...fromHex(valueHex));
    expect(failure(announce('Nodes', 'ff'), plain)).toEqual(['malformed', false]);
    expect(failure(announce('Nodes', 'd3ffffffffffffffff'), plain)).toEqual(['malformed', false]);
    expect(failure(announce('Nodes', 'ce00100001'), plain)).toEqual(['too-large', false]);
    expect(failure(announce('Nodes', 'cf7fffffffffffffff'), plain)).toEqual(['malformed', false]);
    expect(failure(announce('UserStateLen', 'ff'), plain)).toEqual(['malformed', false]);
    expect(failure(announce('UserStateLen', 'ce01400001'), plain)).toEqual(['too-large', false]);
    expect(failure(fromHex('0881aa557365724d73674c656ed0ff'), plain)).toEqual(['malformed', false]);
    // A value that announces more than a stream may have, and one that never ends.
    expect(failure(fromHex('0081a44e6f6465db7fffffff'), plain)).toEqual(['too-large', false]);
    expect(failure(fromHex('0982a4416c676f00a3427566db7fffffff'), plain)).toEqual([
      'too-large',
      true,
    ]);
  });

  it('holds no more of a stream than its limit', () => {
    const reader = new StreamReader({ security: plain, isDialer: false });
    // A user message that keeps its promise of 20 MiB, as a field that nobody knows.
    const chunk = new Uint8Array(1 << 20).fill(0xc0);
    let result = reader.push(fromHex('06dfffffffff'));
    for (let count = 0; result.kind === 'more' && count < 100; count += 1)
      result = reader.push(chunk);
    expect(result).toMatchObject({ kind: 'failed' });
  });

  it('reads a large plain push/pull in small pieces in linear time', () => {
    const nodes = Array.from({ length: 5000 }, (_, index) => ({
      name: `node-${index}`,
      address: Uint8Array.of(10, 0, index >> 8, index & 0xff),
      port: 7946,
      meta: Uint8Array.of(0xff, 0x80),
      incarnation: index,
      state: index % 4,
      versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
    }));
    const message: StreamMessage = {
      kind: 'push-pull',
      join: true,
      nodes,
      userState: new Uint8Array(100_000).fill(3),
    };
    const bytes = sealStream(message, { security: plain, compression: false, isDialer: true });
    const reader = new StreamReader({ security: plain, isDialer: false });
    const started = performance.now();
    let result: StreamRead = { kind: 'more' };
    for (let at = 0; at < bytes.length; at += 7) result = reader.push(bytes.subarray(at, at + 7));
    // Rescanning half a megabyte 80,000 times would take minutes.
    expect(performance.now() - started).toBeLessThan(5000);
    expect(result).toEqual({ kind: 'message', message });
  });

  it('does not let a bomb unfold beyond its limit', () => {
    const bomb = sealStreamBytes(new Uint8Array(limits.streamBytesMax), {
      security: plain,
      compression: true,
      isDialer: true,
    });
    expect(bomb.length).toBeLessThan(1 << 18);
    // 40 MiB exactly are allowed (here: a ping of nothing but zeros, which is malformed).
    expect(failure(bomb, plain)).toEqual(['malformed', false]);
  });

  it('refuses to seal what no peer would take', () => {
    const large = { kind: 'user', payload: new Uint8Array(limits.streamUserBytesMax + 1) } as const;
    const options = { security: plain, compression: false, isDialer: true };
    expect(() => sealStream(large, options)).toThrow(RangeError);
    const encrypted = { ...options, security: { keyring, label: '' } };
    const nearly = { kind: 'user', payload: new Uint8Array(limits.streamUserBytesMax) } as const;
    expect(() => sealStream(nearly, encrypted)).toThrow(RangeError);
    expect(() => sealStreamBytes(new Uint8Array(0), encrypted)).toThrow(RangeError);
    expect(() => sealStreamBytes(new Uint8Array(0), options)).toThrow(RangeError);
  });
});
