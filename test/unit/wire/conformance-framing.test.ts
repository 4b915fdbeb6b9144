/** Go's tests of labels, encryption, compression and limits (label_, security_, net_ and util_test). */

import { describe, expect, it } from 'vitest';
import { encodeCompound } from '../../../src/wire/compound.ts';
import { compress, decompress } from '../../../src/wire/compression.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { limits } from '../../../src/wire/limits.ts';
import { openPacket, sealPacket } from '../../../src/wire/packet.ts';
import { packetOverhead } from '../../../src/wire/security.ts';
import { sealStream, sealStreamBytes, StreamReader } from '../../../src/wire/stream.ts';
import { fromHex, toHex } from './vectors.ts';

const plain = { keyring: undefined, label: '' };
const labelled = (label: string) => ({ keyring: undefined, label });
const nack = fromHex('0b81a55365714e6f07');
const sealed = (label: string): Uint8Array =>
  sealPacket(nack, { security: labelled(label), compression: false, checksum: false });
const ping = {
  kind: 'ping',
  sequence: 1,
  node: 'n',
  sourceAddress: new Uint8Array(0),
  sourcePort: 0,
  sourceNode: '',
} as const;
const stream = (label: string): Uint8Array =>
  sealStream(ping, { security: labelled(label), compression: false, isDialer: true });

/** What a listener makes of a stream that then ends. */
function readStream(bytes: Uint8Array, label: string) {
  const reader = new StreamReader({ security: labelled(label), isDialer: false });
  const result = reader.push(bytes);
  return result.kind === 'more' ? reader.end() : result;
}

describe('a label', () => {
  // TestAddLabelHeaderToPacket
  it('goes before a packet as 244, its length and itself; 255 bytes are the most', () => {
    expect(toHex(sealed(''))).toBe(toHex(nack));
    expect(toHex(sealed('foo'))).toBe(`f403666f6f${toHex(nack)}`);
    expect(toHex(sealed('a'.repeat(255)))).toBe(`f4ff${'61'.repeat(255)}${toHex(nack)}`);
    expect(() => sealed('a'.repeat(256))).toThrow(RangeError);
  });

  // TestAddLabelHeaderToStream
  it('goes before a stream in the same way', () => {
    const bare = toHex(stream(''));
    expect(toHex(stream('foo'))).toBe(`f403666f6f${bare}`);
    expect(toHex(stream('a'.repeat(255)))).toBe(`f4ff${'61'.repeat(255)}${bare}`);
    expect(() => stream('a'.repeat(256))).toThrow(RangeError);
  });

  // TestRemoveLabelHeaderFromPacket
  it('is taken off a packet, which is dropped when it is empty or cut off', () => {
    expect(openPacket(sealed('abc'), labelled('abc'))).toMatchObject({
      messages: [{ kind: 'nack', sequence: 7 }],
      drops: [],
    });
    expect(openPacket(nack, plain).messages).toHaveLength(1);
    for (const hex of ['f478', 'f4', 'f40078', 'f40278']) {
      expect(openPacket(fromHex(hex), labelled('x')).drops, hex).toEqual(['label']);
    }
    // The largest message type and the highest version of encryption are no labels.
    expect(openPacket(fromHex('0d'), plain).drops).toEqual(['unknown-type']);
    const encrypted = { keyring: new Keyring([new Uint8Array(16)]), label: '' };
    expect(openPacket(fromHex('0162'), encrypted).drops).toEqual(['truncated']);
    expect(openPacket(new Uint8Array(0), plain).drops).toEqual(['empty']);
  });

  // TestRemoveLabelHeaderFromStream, TestHandleConn_NilConnAfterRemoveLabelHeaderFromStream
  it('is taken off a stream, which fails without an answer when it is empty or cut off', () => {
    expect(readStream(stream('abc'), 'abc')).toEqual({ kind: 'message', message: ping });
    expect(readStream(stream(''), '')).toEqual({ kind: 'message', message: ping });
    for (const hex of ['f478', 'f4', 'f40278']) {
      const failure = { kind: 'failed', reason: 'truncated', answer: false };
      expect(readStream(fromHex(hex), 'x'), hex).toMatchObject(failure);
    }
    const empty = { kind: 'failed', reason: 'label', answer: false };
    expect(readStream(fromHex('f40078'), 'x')).toMatchObject(empty);
    expect(readStream(new Uint8Array(0), '')).toMatchObject({ reason: 'empty', answer: false });
  });

  // TestLabelOverhead
  it('adds 0, 3 and 9 bytes when it is empty, of one letter, and of seven', () => {
    expect(['', 'a', 'abcdefg'].map((label) => packetOverhead(labelled(label)))).toEqual([0, 3, 9]);
  });
});

describe('encryption', () => {
  const keys = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7],
  ].map((key) => Uint8Array.from(key));
  const ring = (...order: number[]) => new Keyring(order.map((at) => keys[at] as Uint8Array));
  /** A user message of so many bytes, type byte included. */
  const user = (size: number) => new Uint8Array(size).fill(8);
  const options = { compression: false, checksum: false };

  // TestPKCS7, TestEncryptDecrypt_V0
  it('of version 0 pads to whole blocks, whatever the size', () => {
    const security = { keyring: ring(0), label: '' };
    for (let size = 1; size <= 256; size += 1) {
      const bytes = sealPacket(user(size), { ...options, security, encryptionVersion: 0 });
      expect(bytes[0]).toBe(0);
      expect(bytes).toHaveLength(1 + 12 + 16 * (Math.floor(size / 16) + 1) + 16);
      const opened = openPacket(bytes, security);
      expect(opened).toEqual({
        messages: [{ kind: 'user', payload: user(size - 1) }],
        drops: [],
      });
    }
  });

  // TestEncryptDecrypt_V1
  it('of version 1 adds 29 bytes, whatever the size', () => {
    const security = { keyring: ring(0), label: 'random data' };
    for (const size of [1, 15, 16, 28, 1400]) {
      const bytes = sealPacket(user(size), { ...options, security });
      const [label, version] = [2 + 'random data'.length, bytes[2 + 'random data'.length]];
      expect(version).toBe(1);
      expect(bytes).toHaveLength(label + size + 29);
      expect(openPacket(bytes, security).messages).toHaveLength(1);
    }
  });

  // TestKeyRing_MultiKeyEncryptDecrypt
  it('by a secondary key is undone until that key is removed', () => {
    const keyring = ring(0, 1, 2);
    const seal = (at: number) =>
      sealPacket(user(28), { ...options, security: { keyring: ring(at), label: '' } });
    const security = { keyring, label: '' };
    expect(openPacket(seal(0), security).messages).toHaveLength(1);
    expect(openPacket(seal(2), security).messages).toHaveLength(1);
    keyring.remove(keys[2] as Uint8Array);
    expect(openPacket(seal(2), security).drops).toEqual(['undecryptable']);
    expect(openPacket(seal(0), security).messages).toHaveLength(1);
  });

  // TestEncryptDecryptState
  it('of a stream is undone by who has the key, and by nobody else', () => {
    const security = { keyring: ring(0), label: '' };
    const bytes = sealStreamBytes(user(30), { security, compression: false, isDialer: true });
    const read = (keyring: Keyring) =>
      new StreamReader({ security: { keyring, label: '' }, isDialer: false }).push(bytes);
    expect(bytes[0]).toBe(10);
    expect(read(ring(1))).toMatchObject({ reason: 'undecryptable' });
    expect(read(ring(1, 0))).not.toMatchObject({ reason: 'undecryptable' });
  });

  // TestKeyring_EmptyRing, TestKeyring_PrimaryOnly, TestKeyring_GetPrimaryKey, TestKeyring_AddRemoveUse
  it('uses a ring whose primary key changes only when told, and cannot be removed', () => {
    const keyring = ring(1);
    expect(keyring.all).toEqual([keys[1]]);
    const third = keys[2] as Uint8Array;
    expect(keyring.use(third).ok).toBe(false);
    expect(keyring.add(third).ok).toBe(true);
    expect(keyring.all).toEqual([keys[1], third]);
    expect(keyring.use(third).ok).toBe(true);
    expect(keyring.primary).toEqual(third);
    expect(keyring.remove(third).ok).toBe(false);
    expect(keyring.remove(keys[1] as Uint8Array).ok).toBe(true);
    expect(keyring.all).toEqual([third]);
  });
});

describe('a compound', () => {
  const parts = [nack, nack, nack];

  // TestMakeCompoundMessage, TestDecodeCompoundMessage
  it('of three takes two bytes, and two for each, and gives them back', () => {
    const bytes = encodeCompound(parts);
    expect(bytes).toHaveLength(3 * nack.length + 3 * 2 + 2);
    expect(openPacket(bytes, plain)).toMatchObject({ messages: parts.map(() => ({})), drops: [] });
  });

  // TestDecodeCompoundMessage_Trunc
  it('that is cut off in its last part gives the two before it', () => {
    const opened = openPacket(encodeCompound(parts).subarray(0, -1), plain);
    expect(opened.messages).toHaveLength(2);
    expect(opened.drops).toEqual(['truncated']);
  });

  // TestDecodeCompoundMessage_NumberOfPartsOverflow
  it('that announces 128 parts and ends is dropped', () => {
    const opened = openPacket(fromHex('0780'), plain);
    expect(opened).toEqual({ messages: [], drops: ['truncated'] });
  });
});

describe('compression', () => {
  // TestCompressDecompressPayload
  it('gives back what it was given', () => {
    const packed = compress(Buffer.from('testing'));
    const range = { start: 0, end: packed.length, bytesMax: 100 };
    expect(Buffer.from(decompress(packed, range)).toString()).toBe('testing');
  });

  // TestDecompressPayload_Limit
  it('is undone up to 40 MiB, more than an encrypted stream may have, and not beyond', () => {
    const undo = (bytes: number): number => {
      const packed = compress(new Uint8Array(bytes));
      const range = { start: 0, end: packed.length, bytesMax: limits.streamBytesMax };
      return decompress(packed, range).length;
    };
    expect(limits.streamBytesMax).toBe(40 * 1024 * 1024);
    expect(undo(limits.streamEncryptedBytesMax + 1)).toBe(20 * 1024 * 1024 + 1);
    expect(() => undo(limits.streamBytesMax + 1)).toThrow('larger than the limit');
  });
});

describe('a stream that announces too much', () => {
  const text = (name: string): string => (0xa0 | name.length).toString(16) + toHex(Buffer.from(name)); // prettier-ignore

  // TestReadRemoteState_Limits, TestReadUserMsg_Limit
  it.each([
    [
      '10,000,000 nodes',
      `0683${text('Nodes')}ce00989680${text('UserStateLen')}64${text('Join')}c2`,
    ],
    ['30,000,000 bytes of state', `0683${text('Nodes')}00${text('UserStateLen')}ce01c9c380${text('Join')}c2`], // prettier-ignore
    ['a user message of 30,000,000 bytes', `0881${text('UserMsgLen')}ce01c9c380`],
  ])('is refused at once: %s', (_, hex) => {
    const reader = new StreamReader({ security: plain, isDialer: false });
    expect(reader.push(fromHex(hex))).toMatchObject({ kind: 'failed', reason: 'too-large' });
  });
});
