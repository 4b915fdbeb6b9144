import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { codec } from '../../../src/wire/codec.ts';
import { encodeLzw } from '../../../src/wire/lzw-encoder.ts';
import { decodeLzw } from '../../../src/wire/lzw-decoder.ts';
import { encodeMessage, encodeStreamMessage } from '../../../src/wire/memberlist-writer.ts';
import { openPacket, sealPacket } from '../../../src/wire/packet.ts';
import { encodeSerfMessage } from '../../../src/wire/serf-writer.ts';
import { sealStream, sealStreamBytes, StreamReader } from '../../../src/wire/stream.ts';
import {
  bytes,
  packetMessage,
  securities,
  serfMessage,
  streamMessage,
  text,
} from './arbitraries.ts';

const plain = { keyring: undefined, label: '' };
const encryptionVersion = fc.constantFrom(0 as const, 1 as const);
const dialect = fc.constantFrom('old' as const, 'new' as const);

describe('what is written is what is read', () => {
  it('for every packet message, in both dialects', () => {
    fc.assert(
      fc.property(packetMessage, dialect, (message, asked) => {
        const opened = openPacket(encodeMessage(message, asked), plain);
        expect(opened).toMatchObject({ messages: [message], drops: [] });
      }),
      { numRuns: 3000 },
    );
  });

  it('for every stream message, in both dialects', () => {
    fc.assert(
      fc.property(streamMessage, dialect, (message, asked) => {
        const reader = new StreamReader({ security: plain, isDialer: true });
        expect(reader.push(encodeStreamMessage(message, asked))).toEqual({
          kind: 'message',
          message,
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('for every Serf message, in both dialects', () => {
    fc.assert(
      fc.property(serfMessage, dialect, (message, asked) => {
        const read = codec.decodeSerf(encodeSerfMessage(message, asked));
        expect(read).toEqual({ ok: true, value: message });
      }),
      { numRuns: 3000 },
    );
  });

  it('for tags, and for text of any bytes', () => {
    const tags = fc.array(fc.tuple(text, text), { maxLength: 20 }).map((pairs) => new Map(pairs));
    fc.assert(
      fc.property(tags, bytes, (map, any) => {
        expect(codec.readMeta(codec.encodeTags(map)).tags).toEqual(map);
        expect(codec.encodeText(codec.decodeText(any))).toEqual(any);
        const wellFormed = Buffer.from(any).toString();
        expect(codec.encodeText(wellFormed)).toEqual(new TextEncoder().encode(wellFormed));
      }),
      { numRuns: 2000 },
    );
  });

  it('for packets under every security, compressed or not, with a checksum or not', () => {
    const parts = fc.array(packetMessage, { minLength: 1, maxLength: 12 });
    const options = fc.record({
      compression: fc.boolean(),
      checksum: fc.boolean(),
      encryptionVersion,
    });
    fc.assert(
      fc.property(parts, securities, options, (messages, { sender, receiver }, asked) => {
        const compound = codec.compound(messages.map((message) => codec.encode(message)));
        const packet = sealPacket(compound, { ...asked, security: sender });
        expect(openPacket(packet, receiver)).toMatchObject({ messages, drops: [] });
      }),
      { numRuns: 1000 },
    );
  });

  it('for streams under every security, cut into any pieces, both ways', () => {
    const cuts = fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 30 });
    const options = fc.record({
      compression: fc.boolean(),
      isDialer: fc.boolean(),
      encryptionVersion,
    });
    fc.assert(
      fc.property(streamMessage, securities, options, cuts, (message, security, asked, sizes) => {
        const { sender, receiver } = security;
        const stream = sealStream(message, { ...asked, security: sender });
        const reader = new StreamReader({ security: receiver, isDialer: !asked.isDialer });
        let at = 0;
        for (let turn = 0; at < stream.length; turn += 1) {
          const size = Math.min((sizes[turn % sizes.length] ?? 0) + (turn % 2), stream.length - at);
          const result = reader.push(stream.subarray(at, at + size));
          at += size;
          expect(result.kind).toBe(at < stream.length ? 'more' : 'message');
        }
        expect(reader.end()).toEqual({ kind: 'message', message });
      }),
      { numRuns: 1000 },
    );
  });

  it('for LZW, on data of any repetitiveness', () => {
    const noise = fc.uint8Array({ maxLength: 700 });
    const repeated = fc
      .tuple(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat({ max: 7 }), { maxLength: 2000 }),
      )
      .map(([words, order]) =>
        Uint8Array.from(order.flatMap((index) => [...(words[index % words.length] ?? [])])),
      );
    fc.assert(
      fc.property(fc.oneof(noise, repeated), (input) => {
        const packed = encodeLzw(input, 1 << 20) ?? new Uint8Array(0);
        const range = { start: 0, end: packed.length, bytesMax: input.length };
        expect(decodeLzw(packed, range)).toEqual(input);
      }),
      { numRuns: 2000 },
    );
  });

  it('for a stream whose envelope was tampered with: nothing', () => {
    const flip = fc.nat({ max: 10_000 });
    fc.assert(
      fc.property(
        bytes,
        flip,
        fc.integer({ min: 1, max: 255 }),
        securities,
        (any, at, mask, keys) => {
          fc.pre(keys.sender.keyring !== undefined);
          const message = Uint8Array.of(8, 0x81, ...any);
          const options = { security: keys.sender, compression: false, isDialer: false };
          const stream = sealStreamBytes(message, options);
          // Not the first five bytes, which are the length and so the reader's patience.
          const index = 5 + (at % (stream.length - 5));
          stream[index] = (stream[index] ?? 0) ^ mask;
          const reader = new StreamReader({ security: keys.receiver, isDialer: true });
          expect(reader.push(stream).kind).toBe('failed');
        },
      ),
      { numRuns: 500 },
    );
  });
});
