/** Bytes of strangers: random, and recorded ones damaged. Nothing is thrown, nothing takes long. */

import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { codec } from '../../../src/wire/codec.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { limits } from '../../../src/wire/limits.ts';
import { openPacket, sealPacket } from '../../../src/wire/packet.ts';
import { sealStreamBytes, StreamReader } from '../../../src/wire/stream.ts';

const plain = { keyring: undefined, label: '' };
const closed = { keyring: new Keyring([new Uint8Array(32).fill(5)]), label: 'blue' };

/** Longer than this for one input would be a hang; the machine may be busy. */
const inputMsMax = 500;

function loadHex(file: string, fields: readonly string[]): Uint8Array[] {
  const url = new URL(`../../vectors/${file}.jsonl`, import.meta.url);
  return readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const record = JSON.parse(line) as Record<string, unknown>;
      return fields.map((field) => record[field]).filter((hex) => typeof hex === 'string');
    })
    .map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))
    .filter((bytes) => bytes.length > 0 && bytes.length < 5000);
}

const seeds = [
  ...loadHex('memberlist-messages', ['hex']),
  ...loadHex('memberlist-compound', ['hex']),
  ...loadHex('memberlist-packets', ['hex', 'innerHex']).filter((_, index) => index % 7 === 0),
  ...loadHex('memberlist-streams', ['hex']).filter((_, index) => index % 5 === 0),
  ...loadHex('capture-plain', ['hex']),
  ...loadHex('tcp-ping', ['requestHex', 'replyHex']),
  ...loadHex('lzw-decode-edge', ['lzwHex']),
];
const serfSeeds = [
  ...loadHex('serf-messages', ['hex']),
  ...loadHex('serf-relay', ['hex']),
  ...loadHex('serf-filters', ['hex']),
  ...loadHex('serf-tags', ['hex']),
  ...loadHex('serf-push-pull-live', ['hex']),
];

interface Change {
  readonly kind: 'set' | 'cut' | 'insert' | 'repeat';
  readonly at: number;
  readonly value: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'cut', 'insert', 'repeat'),
  at: fc.nat({ max: 5000 }),
  // Headers of msgpack and type bytes do more harm than other values.
  value: fc.oneof(
    fc.nat({ max: 255 }),
    fc.nat({ max: 13 }),
    fc.integer({ min: 0xc0, max: 0xdf }),
    fc.constantFrom(0x80, 0x8f, 0x90, 0x9f, 0xff, 0x7f),
  ),
});

function damage(seed: Uint8Array, changes: readonly Change[]): Uint8Array {
  let bytes = [...seed];
  for (const { kind, at, value } of changes) {
    const index = at % (bytes.length + 1);
    if (kind === 'set') bytes[Math.min(index, bytes.length)] = value;
    else if (kind === 'cut') bytes = bytes.slice(0, index);
    else if (kind === 'insert') bytes.splice(index, 0, value);
    else bytes.splice(index, 0, ...bytes.slice(index, index + value));
  }
  return Uint8Array.from(bytes);
}

const damaged = (from: readonly Uint8Array[]) =>
  fc
    .tuple(fc.nat({ max: from.length - 1 }), fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([index, changes]) => damage(from[index] ?? new Uint8Array(0), changes));
const junk = fc.uint8Array({ maxLength: 600 });

function readPacket(bytes: Uint8Array): void {
  for (const security of [plain, closed]) {
    const { messages, drops } = openPacket(bytes, security);
    expect(messages.length + drops.length).toBeLessThanOrEqual(limits.packetPartsMax + 1);
    for (const message of messages) {
      // What was read can be written, unless it is what must not be.
      codec.encode(message);
      if (message.kind === 'user') readSerf(message.payload);
    }
  }
}

function readSerf(bytes: Uint8Array): void {
  const read = codec.decodeSerf(bytes);
  if (read.ok) codec.encodeSerf(read.value);
  codec.readMeta(bytes);
  codec.matchesFilters([bytes], { name: 'node-a', tags: new Map([['role', 'web']]) });
}

function readStream(bytes: Uint8Array): void {
  for (const security of [plain, closed]) {
    for (const isDialer of [true, false]) {
      const whole = new StreamReader({ security, isDialer });
      whole.push(bytes);
      const inPieces = new StreamReader({ security, isDialer });
      for (let at = 0; at < bytes.length; at += 3) inPieces.push(bytes.subarray(at, at + 3));
      // However it is cut, it is the same message, or fails for the same reason.
      expect(inPieces.end()).toEqual(whole.end());
    }
  }
}

function inTime(read: () => void): void {
  const started = performance.now();
  read();
  expect(performance.now() - started).toBeLessThan(inputMsMax);
}

describe('bytes of strangers', () => {
  it('in packets: random ones', () => {
    fc.assert(
      fc.property(junk, (bytes) => inTime(() => readPacket(bytes))),
      { numRuns: 5000 },
    );
  });

  it('in packets: recorded ones, damaged', () => {
    fc.assert(
      fc.property(damaged(seeds), (bytes) => inTime(() => readPacket(bytes))),
      { numRuns: 10_000 },
    );
  });

  it('in packets: damaged under the right key, in compressions and compounds', () => {
    const folds = fc.array(fc.boolean(), { maxLength: 3 });
    fc.assert(
      fc.property(damaged(seeds), folds, (bytes, steps) => {
        fc.pre(bytes.length > 0);
        let message = bytes;
        for (const isCompound of steps) {
          message = isCompound
            ? codec.compound([message, message])
            : sealPacket(message, { security: plain, compression: true, checksum: false });
        }
        const options = { security: closed, compression: true, checksum: true };
        const packet = sealPacket(message, options);
        inTime(() => readPacket(packet));
      }),
      { numRuns: 3000 },
    );
  });

  it('in Serf messages, filters and tags: random and damaged ones', () => {
    fc.assert(
      fc.property(fc.oneof(junk, damaged(serfSeeds)), (bytes) => inTime(() => readSerf(bytes))),
      { numRuns: 10_000 },
    );
  });

  it('on streams: random and damaged ones, in pieces as in one', () => {
    fc.assert(
      fc.property(fc.oneof(junk, damaged(seeds)), (bytes) => inTime(() => readStream(bytes))),
      { numRuns: 4000 },
    );
  });

  it('on streams: damaged inside the right envelope', () => {
    fc.assert(
      fc.property(damaged(seeds), fc.boolean(), (bytes, compression) => {
        fc.pre(bytes.length > 0);
        const options = { security: closed, compression, isDialer: true };
        const stream = sealStreamBytes(bytes, options);
        inTime(() => readStream(stream));
      }),
      { numRuns: 2000 },
    );
  });
});
