/** Coordinates as the engine exchanges them: in the acks of probes. */

import { describe, expect, it } from 'vitest';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { originCoordinate } from '../../../src/coordinates/coordinate.ts';
import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import type { EngineOptions } from '../../../src/core/options.ts';
import type { Ack, Ping } from '../../../src/model/message.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from '../core/harness.ts';

const origin = originCoordinate(defaultCoordinateConfig);
const place: Coordinate = { ...origin, vec: [0, 0, 0.001, 0, 0, 0, 0, 0], error: 0.4 };
const payloadOf = (coordinate: Coordinate): Uint8Array => codec.encodeCoordinate(coordinate);
const pingToA: Ping = {
  kind: 'ping',
  sequence: 9,
  node: 'a',
  sourceAddress: new Uint8Array(),
  sourcePort: 0,
  sourceNode: 'b',
};

/** A node with one peer, `b`, which it has just pinged. */
function probing(changes: Partial<EngineOptions> = {}): Harness {
  const node = new Harness(changes);
  node.hear('b', alive('b'));
  nextPing(node);
  return node;
}

function nextPing(node: Harness): void {
  const before = node.sentOf('ping').length;
  node.advance(5_000, () => node.sentOf('ping').length > before);
}

function ackOf(node: Harness, payload: Uint8Array | null): Ack {
  return { kind: 'ack', sequence: node.sentOf('ping').at(-1)?.sequence ?? 0, payload };
}

/** The peer answers the last ping after `rttMs`. */
function answer(node: Harness, payload: Uint8Array | null, rttMs = 20): void {
  node.advance(rttMs);
  node.hear('b', ackOf(node, payload));
}

describe('a node that is pinged', () => {
  it('says in its ack where it is', () => {
    const node = new Harness();
    node.hear('b', pingToA);
    const [ack] = node.sentOf('ack');
    expect(ack?.payload && codec.decodeCoordinate(ack.payload)).toEqual(origin);
  });

  it('says where it has moved to', () => {
    const node = probing();
    answer(node, payloadOf(place));
    node.hear('b', pingToA);
    const payload = node.sentOf('ack').at(-1)?.payload;
    expect(payload && codec.decodeCoordinate(payload)).toEqual(node.engine.coordinates.get('a'));
  });

  it('says nothing of it on a stream, which takes other ways and times', () => {
    const node = new Harness();
    node.input({ kind: 'stream-request', stream: 1, from: addressOf('b'), message: pingToA });
    const reply = node.outputs.find((output) => output.kind === 'stream-reply');
    expect(reply?.message).toEqual({ kind: 'ack', sequence: 9, payload: null });
  });

  it('passes an ack on to who asked for it without the coordinate in it', () => {
    const node = new Harness();
    const { ip: _, port, ...rest } = { ...pingToA, ...addressOf('c') };
    node.hear('b', {
      ...rest,
      kind: 'indirect-ping',
      node: 'c',
      target: Uint8Array.of(127, 0, 0, 3),
      port,
      nack: true,
    });
    node.hear('c', ackOf(node, payloadOf(place)));
    expect(node.sentOf('ack')).toEqual([{ kind: 'ack', sequence: 9, payload: null }]);
    expect(node.engine.coordinates.has('c')).toBe(false);
  });
});

describe('a node that probes', () => {
  // TestSerf_Coordinates
  it('learns where the other is and moves itself, and counts as being where it moved to', () => {
    const node = probing();
    expect([...node.engine.coordinates]).toEqual([['a', origin]]);
    answer(node, payloadOf(place));
    const { coordinates } = node.engine;
    expect(coordinates.get('b')).toEqual(place);
    expect(coordinates.get('a')).not.toEqual(origin);
    expect(coordinates.get('a')?.error).toBeLessThan(1.5);
  });

  it('takes the time between ping and ack as the way there and back', () => {
    const [near, far] = [20, 200].map((rttMs) => {
      const node = probing();
      for (let round = 0; round < 30; round += 1) {
        answer(node, payloadOf({ ...origin, error: 0.1 }), rttMs);
        nextPing(node);
      }
      const { vec = [], height = NaN } = node.engine.coordinates.get('a') ?? {};
      return Math.hypot(...vec) + height;
    });
    expect(near).toBeGreaterThan(0.01);
    expect(near).toBeLessThan(0.03);
    expect(far).toBeGreaterThan(0.1);
    expect(far).toBeLessThan(0.3);
  });

  it('takes nothing from acks that carry nothing', () => {
    for (const payload of [null, new Uint8Array()]) {
      const node = probing();
      answer(node, payload);
      expect([...node.engine.coordinates]).toEqual([['a', origin]]);
      expect(node.engine.stats()).toMatchObject({ coordinatesRejected: 0, drops: {} });
    }
  });

  it('takes nothing from acks that come late, perhaps by a relay, or by a stream', () => {
    const late = probing();
    answer(late, payloadOf(place), 501);
    expect([...late.engine.coordinates]).toEqual([['a', origin]]);
    const stream = probing();
    stream.advance(501);
    const exchange = stream.exchanges()[0]?.exchange ?? 0;
    const message = ackOf(stream, payloadOf(place));
    stream.input({ kind: 'exchange-replied', exchange, message });
    expect([...stream.engine.coordinates]).toEqual([['a', origin]]);
    expect(stream.facts('node-suspected')).toEqual([]);
  });

  it('takes nothing from acks that it did not ask for, or twice', () => {
    const node = probing();
    const { sequence, ...ack } = ackOf(node, payloadOf(place));
    node.hear('b', { ...ack, sequence: sequence + 1 });
    expect(node.engine.coordinates.has('b')).toBe(false);
    answer(node, payloadOf(place));
    const moved = node.engine.coordinates.get('a');
    answer(node, payloadOf(origin));
    expect(node.engine.coordinates.get('b')).toEqual(place);
    expect(node.engine.coordinates.get('a')).toEqual(moved);
  });

  // TestSerf_Coordinates
  it('forgets where a member is when it is reaped', () => {
    const node = probing({ reconnectTimeoutMs: 1_000, reapIntervalMs: 500 });
    answer(node, payloadOf(place));
    expect(node.engine.coordinates.has('b')).toBe(true);
    node.hear('c', { kind: 'dead', node: 'b', incarnation: 1, from: 'c' });
    expect(node.engine.coordinates.has('b')).toBe(true);
    node.advance(2_000);
    expect(node.facts('member-reaped')).toHaveLength(1);
    expect([...node.engine.coordinates.keys()]).toEqual(['a']);
  });

  it('forgets where a member is when it is pruned, even if that answers after all', () => {
    const node = probing();
    answer(node, payloadOf(place));
    nextPing(node);
    node.hear('c', { kind: 'dead', node: 'b', incarnation: 1, from: 'c' });
    node.command({ kind: 'force-leave', name: 'b', prune: true });
    expect(node.facts('member-reaped')).toHaveLength(1);
    expect([...node.engine.coordinates.keys()]).toEqual(['a']);
    answer(node, payloadOf(place));
    expect([...node.engine.coordinates.keys()]).toEqual(['a']);
  });

  // TestSerf_PingDelegateVersioning
  it('ignores a payload of another version, and counts the other as alive all the same', () => {
    const node = probing();
    answer(node, payloadOf(place).with(0, 2));
    node.advance(2_000, () => node.sentOf('ping').length > 1);
    expect([...node.engine.coordinates]).toEqual([['a', origin]]);
    expect(node.engine.stats()).toMatchObject({ drops: { malformed: 1 }, probesFailed: 0 });
    expect(node.member('b')?.status).toBe('alive');
    expect(node.facts('node-suspected')).toEqual([]);
  });

  // TestSerf_PingDelegateRogueCoordinate
  it('refuses and counts a coordinate of other dimensions, and counts its owner as alive', () => {
    const node = probing();
    answer(node, payloadOf({ ...place, vec: [...place.vec, 0, 0] }));
    expect([...node.engine.coordinates]).toEqual([['a', origin]]);
    expect(node.engine.stats()).toMatchObject({ coordinatesRejected: 1, coordinateResets: 0 });
    expect(node.member('b')?.status).toBe('alive');
    expect(node.facts('node-suspected')).toEqual([]);
  });

  it.each([
    ['a NaN', { vec: place.vec.with(3, NaN) }],
    ['an infinite height', { height: Infinity }],
    ['a negative error', { error: -1 }],
  ])('refuses and counts a coordinate with %s', (_, changes) => {
    const node = probing();
    answer(node, payloadOf({ ...place, ...changes }));
    expect([...node.engine.coordinates]).toEqual([['a', origin]]);
    expect(node.engine.stats()).toMatchObject({ coordinatesRejected: 1, coordinateResets: 0 });
    expect(node.member('b')?.status).toBe('alive');
  });

  it('counts it when a peer drives its own coordinate out of bounds, and starts that anew', () => {
    const node = probing();
    answer(node, payloadOf({ ...place, vec: place.vec.with(0, 1e300) }));
    expect(node.engine.stats()).toMatchObject({ coordinatesRejected: 0, coordinateResets: 1 });
    expect(node.engine.coordinates.get('a')).toEqual(origin);
  });
});

describe('a node with coordinates turned off', () => {
  // TestSerf_Coordinates
  it('tells nothing, learns nothing, and probes as ever', () => {
    const node = probing({ coordinates: false });
    node.hear('b', pingToA);
    expect(node.sentOf('ack')).toEqual([{ kind: 'ack', sequence: 9, payload: null }]);
    answer(node, payloadOf(place));
    nextPing(node);
    expect(node.engine.coordinates.size).toBe(0);
    expect(node.engine.stats()).toMatchObject({ coordinateResets: 0, coordinatesRejected: 0 });
    expect(node.facts('node-suspected')).toEqual([]);
    expect(node.member('b')?.status).toBe('alive');
  });
});
