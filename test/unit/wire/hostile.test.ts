/** The inputs that end a Go process: survived when read, refused when written. */

import { describe, expect, it } from 'vitest';

import type { Query } from '../../../src/model/serf-message.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { openPacket, sealPacket } from '../../../src/wire/packet.ts';
import { sealStreamBytes, StreamReader } from '../../../src/wire/stream.ts';
import { fromHex } from './vectors.ts';

const plain = { keyring: undefined, label: '' };
const keyring = new Keyring([new Uint8Array(16)]);
const nothing = new Uint8Array(0);
const query: Query = {
  kind: 'query',
  time: 1,
  id: 2,
  address: fromHex('7f000001'),
  port: 7946,
  sourceNode: 'a',
  filters: null,
  flags: 0,
  relayFactor: 0,
  timeoutNs: 1,
  name: 'n',
  payload: null,
};

describe('what ends a Go process', () => {
  it('an empty part in a compound: is dropped alone, and never written', () => {
    const bytes = fromHex('07030009000000090b81a55365714e6f010b81a55365714e6f02');
    expect(openPacket(bytes, plain)).toMatchObject({
      messages: [{ sequence: 1 }, { sequence: 2 }],
      drops: ['empty'],
    });
    expect(() => codec.compound([Uint8Array.of(8), nothing])).toThrow(RangeError);
  });

  it('a packet with nothing inside: is dropped, and never written', () => {
    expect(openPacket(fromHex('0982a4416c676f00a3427566a3000302'), plain).drops).toEqual(['empty']);
    expect(openPacket(fromHex('0c00000000'), plain).drops).toEqual(['empty']);
    // An envelope of an empty text under a key of 16 zeros and a nonce of 12.
    const envelope = fromHex('0100000000000000000000000058e2fccefa7e3061367f1d57a4e7455a');
    expect(openPacket(envelope, { keyring, label: '' }).drops).toEqual(['empty']);
    for (const security of [plain, { keyring, label: '' }]) {
      for (const compression of [true, false]) {
        for (const checksum of [true, false]) {
          const seal = () => sealPacket(nothing, { security, compression, checksum });
          expect(seal).toThrow(RangeError);
        }
      }
    }
  });

  it('a compressed stream with nothing inside: fails, and is never written', () => {
    const reader = new StreamReader({ security: plain, isDialer: false });
    expect(reader.push(fromHex('0982a4416c676f00a3427566a3000302'))).toMatchObject({
      kind: 'failed',
      reason: 'empty',
    });
    const options = { security: plain, compression: true, isDialer: true };
    expect(() => sealStreamBytes(nothing, options)).toThrow(RangeError);
  });

  it('a push/pull with a negative number of nodes: fails', () => {
    const reader = new StreamReader({ security: plain, isDialer: false });
    expect(reader.push(fromHex('0681a54e6f646573ff'))).toMatchObject({ reason: 'malformed' });
  });

  it('a query with an empty filter: is not read, so not passed on, and never written', () => {
    expect(() => codec.encodeSerf({ ...query, filters: [nothing] })).toThrow(RangeError);
    for (const element of ['a0', 'c0', 'c400', '90']) {
      const bytes = fromHex(`0481a746696c7465727391${element}`);
      expect(codec.decodeSerf(bytes), element).toEqual({ ok: false, reason: 'malformed' });
    }
    expect(codec.matchesFilters([nothing], { name: 'a', tags: new Map() })).toBe(false);
  });

  it('a key query without payload: is not read, so not passed on, and never written', () => {
    for (const name of ['_serf_install-key', '_serf_use-key', '_serf_remove-key']) {
      for (const payload of [null, nothing]) {
        expect(() => codec.encodeSerf({ ...query, name, payload })).toThrow(RangeError);
      }
      const good = codec.encodeSerf({ ...query, name, payload: Uint8Array.of(7) });
      expect(codec.decodeSerf(good).ok).toBe(true);
      const bad = Buffer.from(codec.encodeSerf({ ...query, name: name.replace('_serf', '-serf') }));
      bad.write('_', bad.indexOf('-serf'));
      expect(codec.decodeSerf(bad)).toEqual({ ok: false, reason: 'malformed' });
    }
    // Listing keys needs none.
    expect(codec.decodeSerf(codec.encodeSerf({ ...query, name: '_serf_list-keys' })).ok).toBe(true);
  });

  it('any of these inside a relay: is not forwarded', () => {
    const wrap = (message: Uint8Array) =>
      codec.encodeSerf({
        kind: 'relay',
        destinationAddress: fromHex('7f000001'),
        destinationPort: 1,
        destinationZone: '',
        destinationName: 'a',
        message,
      });
    const bad = fromHex('0481a746696c7465727391a0');
    expect(codec.decodeSerf(wrap(codec.encodeSerf(query))).ok).toBe(true);
    expect(codec.decodeSerf(wrap(bad)).ok).toBe(false);
    expect(codec.decodeSerf(wrap(wrap(bad))).ok).toBe(false);
    expect(codec.decodeSerf(wrap(wrap(codec.encodeSerf(query)))).ok).toBe(true);
    expect(codec.decodeSerf(wrap(wrap(wrap(wrap(bad)))))).toEqual({
      ok: false,
      reason: 'too-nested',
    });
    expect(() => wrap(nothing)).toThrow(RangeError);
  });
});
