/** Ours against what Go computed and wrote, to the last bit. */

import { describe, expect, it } from 'vitest';
import { CoordinateClient } from '../../../src/coordinates/coordinate-client.ts';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { distance } from '../../../src/coordinates/coordinate.ts';
import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { codec } from '../../../src/wire/codec.ts';
import { fromHex, loadVectors, toHex } from '../wire/vectors.ts';

interface GoCoordinate {
  readonly Vec: readonly number[];
  readonly Error: number;
  readonly Adjustment: number;
  readonly Height: number;
}

interface AckPayload {
  readonly kind: 'ack-payload';
  readonly hex: string;
  readonly value: GoCoordinate;
}

interface Update {
  readonly kind: 'vivaldi-update';
  readonly node: string;
  readonly other: GoCoordinate;
  readonly rttNs: number;
  readonly before: GoCoordinate;
  readonly after: GoCoordinate;
  readonly distanceToOtherNs: number;
}

const records = loadVectors<AckPayload | Update>('coordinates');
const payloads = records.filter((record) => record.kind === 'ack-payload');
const updates = records.filter((record) => record.kind === 'vivaldi-update');

const ours = ({ Vec, Error, Adjustment, Height }: GoCoordinate): Coordinate => ({
  vec: Vec,
  error: Error,
  adjustment: Adjustment,
  height: Height,
});

describe('an ack payload of Go', () => {
  it.each(payloads)(
    'reads as the coordinate that was written, and is written alike: $name',
    (record) => {
      expect(codec.decodeCoordinate(fromHex(record.hex))).toStrictEqual(ours(record.value));
      expect(toHex(codec.encodeCoordinate(ours(record.value)))).toBe(record.hex);
    },
  );
});

describe('a run of 60 updates that Go made', () => {
  it('gives the same coordinate and distance after each, to the last bit', () => {
    const client = new CoordinateClient({
      config: defaultCoordinateConfig,
      random: seededRandom(1),
      nodesMax: 10,
    });
    const [first] = updates;
    expect(updates).toHaveLength(60);
    expect(first && client.set(ours(first.before))).toBe('taken');
    for (const { node, other, rttNs, before, after, distanceToOtherNs } of updates) {
      expect(client.coordinate).toStrictEqual(ours(before));
      expect(client.update(node, ours(other), rttNs / 1e9)).toBe('taken');
      expect(client.coordinate).toStrictEqual(ours(after));
      expect(Math.round(distance(client.coordinate, ours(other)) * 1e9)).toBe(distanceToOtherNs);
    }
  });
});
