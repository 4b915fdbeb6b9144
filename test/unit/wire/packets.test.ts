import { describe, expect, it } from 'vitest';

import { codec } from '../../../src/wire/codec.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { limits } from '../../../src/wire/limits.ts';
import { openPacket, sealPacket } from '../../../src/wire/packet.ts';
import { packetOverhead } from '../../../src/wire/security.ts';
import type { Security } from '../../../src/wire/security.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface PacketVector {
  readonly name: string;
  readonly label: string;
  readonly key: string | null;
  readonly encryptionVersion: 0 | 1 | null;
  readonly compressionEnabled: boolean;
  readonly crc: boolean;
  readonly innerHex: string;
  readonly hex: string;
}

const plain: Security = { keyring: undefined, label: '' };
const ping = fromHex('0082a44e6f6465a66e6f64652d62a55365714e6f2a');

function securityOf({ label, key }: { label: string; key: string | null }): Security {
  return { label, keyring: key === null ? undefined : new Keyring([fromHex(key)]) };
}

describe('packets', () => {
  const records = loadVectors<PacketVector>('memberlist-packets');

  it('seals and opens every recorded packet byte for byte', () => {
    let checked = 0;
    for (const record of records) {
      const security = securityOf(record);
      const packet = fromHex(record.hex);
      const inner = fromHex(record.innerHex);
      const nonceAt = (record.label === '' ? 0 : 2 + record.label.length) + 1;
      const sealed = sealPacket(inner, {
        security,
        compression: record.compressionEnabled,
        checksum: record.crc,
        ...(record.key !== null && { nonce: packet.subarray(nonceAt, nonceAt + 12) }),
        ...(record.encryptionVersion !== null && { encryptionVersion: record.encryptionVersion }),
      });
      expect(toHex(sealed), record.name).toBe(record.hex);
      const opened = openPacket(packet, security);
      expect(opened.drops, record.name).toEqual([]);
      expect(opened.messages, record.name).toEqual(openPacket(inner, plain).messages);
      expect(opened.messages.length, record.name).toBeGreaterThan(0);
      checked += 1;
    }
    expect(checked).toBe(240);
  });

  it('counts what label and encryption add', () => {
    for (const record of records.filter(({ encryptionVersion }) => encryptionVersion !== 0)) {
      const security = securityOf(record);
      const sealed = sealPacket(ping, { security, compression: false, checksum: false });
      expect(sealed.length - ping.length, record.name).toBe(packetOverhead(security));
    }
  });

  it('tries every key, the primary first, and uses a fresh nonce each time', () => {
    const keys = [16, 24, 32].map((size) => new Uint8Array(size).fill(size));
    const ring = (...order: number[]) =>
      new Keyring(order.map((index) => keys[index] as Uint8Array));
    const seal = (keyring: Keyring) =>
      sealPacket(ping, { security: { keyring, label: '' }, compression: false, checksum: false });
    for (const index of [0, 1, 2]) {
      const opened = openPacket(seal(ring(index)), { keyring: ring(0, 1, 2), label: '' });
      expect(opened.messages).toHaveLength(1);
    }
    expect(openPacket(seal(ring(0)), { keyring: ring(1, 2), label: '' }).drops).toEqual([
      'undecryptable',
    ]);
    const keyring = ring(0);
    const nonces = Array.from({ length: 1000 }, () => toHex(seal(keyring).subarray(1, 13)));
    expect(new Set(nonces).size).toBe(1000);
  });

  it('says why it drops what it cannot open', () => {
    const keyring = new Keyring([new Uint8Array(16)]);
    const closed = { keyring, label: 'blue' };
    const sealed = sealPacket(ping, { security: closed, compression: true, checksum: true });
    const labelled = (security: Security) =>
      sealPacket(ping, { security, compression: false, checksum: false });
    const reason = (bytes: Uint8Array, security: Security) => openPacket(bytes, security).drops;
    expect(reason(sealed, closed)).toEqual([]);
    expect(reason(sealed, { keyring, label: '' })).toEqual(['label']);
    expect(reason(sealed, { keyring, label: 'red' })).toEqual(['label']);
    expect(reason(sealed.subarray(6), closed)).toEqual(['label']);
    // The right header over a text that was bound to another label.
    expect(reason(sealed.subarray(6), { keyring, label: '' })).toEqual(['undecryptable']);
    expect(reason(labelled({ ...plain, label: 'blue' }), plain)).toEqual(['label']);
    expect(reason(labelled({ ...plain, label: 'blue' }), closed)).toEqual(['truncated']);
    expect(reason(Uint8Array.of(0xf4), plain)).toEqual(['label']);
    expect(reason(Uint8Array.of(0xf4, 0, 1), plain)).toEqual(['label']);
    expect(reason(Uint8Array.of(0xf4, 9, 1), plain)).toEqual(['label']);
    expect(reason(fromHex('0b81a55365714e6f07'), { keyring, label: '' })).toEqual([
      'not-encrypted',
    ]);
    expect(reason(new Uint8Array(0), plain)).toEqual(['empty']);
    expect(reason(Uint8Array.of(99), plain)).toEqual(['unknown-type']);
    expect(reason(Uint8Array.of(0), plain)).toEqual(['truncated']);
    expect(reason(Uint8Array.of(0, 5), plain)).toEqual(['malformed']);
    expect(reason(new Uint8Array(limits.packetBytesMax + 1), plain)).toEqual(['too-large']);
  });

  it('checks a checksum, and takes a packet shorter than one for an unknown type', () => {
    const sealed = sealPacket(ping, { security: plain, compression: false, checksum: true });
    expect(openPacket(sealed, plain).messages).toHaveLength(1);
    sealed[7] = 0x55;
    expect(openPacket(sealed, plain).drops).toEqual(['checksum']);
    expect(openPacket(fromHex('0c000000'), plain).drops).toEqual(['unknown-type']);
    // Nothing under the checksum.
    expect(openPacket(fromHex('0c00000000'), plain).drops).toEqual(['empty']);
  });

  it('unfolds compressions and compounds in any order, up to a depth', () => {
    const fold = (message: Uint8Array, times: number): Uint8Array => {
      const once = codec.compound([message]);
      return times === 0 ? message : fold(once, times - 1);
    };
    expect(openPacket(fold(ping, limits.packetNestingMax), plain).messages).toHaveLength(1);
    expect(openPacket(fold(ping, limits.packetNestingMax + 1), plain).drops).toEqual([
      'too-nested',
    ]);
    const options = { security: plain, compression: true, checksum: false };
    const packed = sealPacket(codec.compound(Array(20).fill(ping)), options);
    const twice = sealPacket(codec.compound([packed, packed, packed]), options);
    expect(twice[0]).toBe(9);
    expect(openPacket(twice, plain).messages).toHaveLength(60);
  });

  it('unfolds no more than its budget of bytes and of parts', () => {
    const bomb = sealPacket(new Uint8Array(2 * limits.packetDecompressedBytesMax).fill(8), {
      security: plain,
      compression: true,
      checksum: false,
    });
    expect(bomb.length).toBeLessThan(limits.packetBytesMax);
    expect(openPacket(bomb, plain)).toMatchObject({ messages: [], drops: ['too-large'] });
    const nack = fromHex('0bc0');
    const many = codec.compound(Array(255).fill(nack));
    const more = codec.compound(Array(255).fill(many));
    const packet = sealPacket(more, { security: plain, compression: true, checksum: false });
    const opened = openPacket(packet, plain);
    expect(opened.messages.length).toBeLessThanOrEqual(limits.packetPartsMax);
    expect(opened.drops).toEqual(['too-large']);
  });
});
