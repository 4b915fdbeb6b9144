/** Everything that can travel, as fast-check generates it. */

import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';

import type { NodeEntry, PacketMessage, StreamMessage } from '../../../src/model/message.ts';
import type { ConflictMember, EventSlot, SerfMessage } from '../../../src/model/serf-message.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import type { Security } from '../../../src/wire/security.ts';

export const bytes = fc.uint8Array({ maxLength: 300 });
export const bytesOrNull = fc.option(bytes, { nil: null });
/** Text with all planes; lone surrogates are no text that the wire could carry. */
export const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.string({ maxLength: 20, unit: 'binary' }),
);
const uint8 = fc.nat({ max: 0xff });
const uint16 = fc.nat({ max: 0xffff });
const uint32 = edged(0xffffffff);
const sequence = uint32;
const incarnation = uint32;

/** Integers of every size that msgpack tells apart. */
function edged(max: number): Arbitrary<number> {
  const edges = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1].filter(
    (edge) => edge <= max,
  );
  return fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max }));
}

/** As the reader gives it: a number where it is a safe integer. */
function byValue(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
    ? Number(value)
    : value;
}

const time = fc
  .oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 1000n }))
  .map(byValue);
const timeoutNs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(byValue);

const replyTo = {
  sourceAddress: fc.uint8Array({ maxLength: 16 }),
  sourcePort: uint16,
  sourceNode: text,
};
const ping = fc.record({ kind: fc.constant('ping' as const), sequence, node: text, ...replyTo });
const ack = fc.record({ kind: fc.constant('ack' as const), sequence, payload: bytesOrNull });
const user = fc.record({ kind: fc.constant('user' as const), payload: bytes });

export const packetMessage: Arbitrary<PacketMessage> = fc.oneof(
  ping,
  fc.record({
    kind: fc.constant('indirect-ping' as const),
    sequence,
    target: fc.uint8Array({ maxLength: 16 }),
    port: uint16,
    node: text,
    nack: fc.boolean(),
    ...replyTo,
  }),
  ack,
  fc.record({ kind: fc.constant('nack' as const), sequence }),
  fc.record({ kind: fc.constantFrom('suspect', 'dead'), incarnation, node: text, from: text }),
  fc.record({
    kind: fc.constant('alive' as const),
    incarnation,
    node: text,
    address: fc.uint8Array({ maxLength: 16 }),
    port: uint16,
    meta: bytesOrNull,
    versions: fc.option(fc.uint8Array({ maxLength: 6 }), { nil: null }),
  }),
  user,
);

const nodeEntry: Arbitrary<NodeEntry> = fc.record({
  name: text,
  address: fc.uint8Array({ maxLength: 16 }),
  port: uint16,
  meta: bytesOrNull,
  incarnation,
  state: fc.nat({ max: 300 }),
  versions: fc.option(fc.uint8Array({ maxLength: 6 }), { nil: null }),
});

export const streamMessage: Arbitrary<StreamMessage> = fc.oneof(
  ping,
  ack,
  user,
  fc.record({ kind: fc.constant('error' as const), text }),
  fc.record({
    kind: fc.constant('push-pull' as const),
    join: fc.boolean(),
    nodes: fc.array(nodeEntry, { maxLength: 20 }),
    userState: fc.uint8Array({ maxLength: 2000 }),
  }),
);

const listOrNull = <T>(item: Arbitrary<T>) =>
  fc.option(fc.array(item, { maxLength: 20 }), { nil: null });
const mapOrNull = <T>(item: Arbitrary<T>) =>
  fc.option(
    fc.array(fc.tuple(text, item), { maxLength: 20 }).map((pairs) => new Map(pairs)),
    {
      nil: null,
    },
  );

const eventSlot: Arbitrary<EventSlot | null> = fc.option(
  fc.record({ time, events: listOrNull(fc.record({ name: text, payload: bytesOrNull })) }),
  { nil: null },
);

const conflictMember: Arbitrary<ConflictMember> = fc.record({
  name: text,
  address: bytesOrNull,
  port: uint16,
  tags: mapOrNull(text),
  status: fc.nat({ max: 300 }),
  protocolMin: uint8,
  protocolMax: uint8,
  protocolCurrent: uint8,
  delegateMin: uint8,
  delegateMax: uint8,
  delegateCurrent: uint8,
});

const plainSerfMessage: Arbitrary<SerfMessage> = fc.oneof(
  fc.record({ kind: fc.constant('join-intent' as const), time, node: text }),
  fc.record({
    kind: fc.constant('leave-intent' as const),
    time,
    node: text,
    prune: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('serf-state' as const),
    time,
    statusTimes: mapOrNull(time),
    leftMembers: listOrNull(text),
    eventTime: time,
    events: listOrNull(eventSlot),
    queryTime: time,
  }),
  fc.record({
    kind: fc.constant('user-event' as const),
    time,
    name: text,
    payload: bytesOrNull,
    coalesce: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('query' as const),
    time,
    id: uint32,
    address: fc.uint8Array({ maxLength: 16 }),
    port: uint16,
    sourceNode: text,
    filters: listOrNull(fc.uint8Array({ minLength: 1, maxLength: 40 })),
    flags: uint32,
    relayFactor: uint8,
    timeoutNs,
    name: text,
    payload: bytesOrNull,
  }),
  fc.record({
    kind: fc.constant('query-response' as const),
    time,
    id: uint32,
    from: text,
    flags: uint32,
    payload: bytesOrNull,
  }),
  fc.record({
    kind: fc.constant('conflict-response' as const),
    member: fc.option(conflictMember, { nil: null }),
  }),
  fc.record({ kind: fc.constant('key-request' as const), key: bytesOrNull }),
  fc.record({
    kind: fc.constant('key-response' as const),
    result: fc.boolean(),
    message: text,
    keys: listOrNull(text),
    primaryKey: text,
  }),
);

export const serfMessage: Arbitrary<SerfMessage> = fc.oneof(
  { weight: 9, arbitrary: plainSerfMessage },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('relay' as const),
      destinationAddress: bytesOrNull,
      destinationPort: uint16,
      destinationZone: text,
      destinationName: text,
      // What is inside is not read, but for queries and relays: any other type passes.
      message: fc.uint8Array({ maxLength: 100 }).map((rest) => Uint8Array.of(5, ...rest)),
    }),
  },
);

/** Every mix of keys and label; the sender's key is anywhere in the receiver's ring. */
export const securities: Arbitrary<{ sender: Security; receiver: Security }> = fc
  .record({
    label: fc.oneof(fc.constant(''), fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' })),
    keys: fc.array(
      fc
        .constantFrom(16, 24, 32)
        .chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
      { maxLength: 3 },
    ),
    turn: fc.nat({ max: 2 }),
  })
  .map(({ label, keys, turn }) => {
    if (keys.length === 0) {
      const security = { keyring: undefined, label };
      return { sender: security, receiver: security };
    }
    const first = turn % keys.length;
    const order = [...keys.slice(first), ...keys.slice(0, first)];
    return {
      sender: { keyring: new Keyring(order), label },
      receiver: { keyring: new Keyring(keys), label },
    };
  });
