import { describe, expect, it } from 'vitest';
import { CoordinateClient } from '../../../src/coordinates/coordinate-client.ts';
import type { CoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import {
  distance,
  isValidCoordinate,
  originCoordinate,
} from '../../../src/coordinates/coordinate.ts';
import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import { LatencyFilter } from '../../../src/coordinates/latency-filter.ts';
import { seededRandom } from '../../../src/model/random.ts';

const threeDimensions: CoordinateConfig = { ...defaultCoordinateConfig, dimensions: 3 };
const origin = originCoordinate(threeDimensions);

function clientWith(changes: Partial<CoordinateConfig> = {}): CoordinateClient {
  const config = { ...threeDimensions, ...changes };
  return new CoordinateClient({ config, random: seededRandom(3), nodesMax: 100 });
}

describe('a coordinate client', () => {
  // TestClient_NewClient
  it('needs a dimension', () => {
    expect(() => clientWith({ dimensions: 0 })).toThrow(RangeError);
  });

  // TestClient_NewClient
  it('starts at the origin', () => {
    const client = clientWith();
    expect(client.coordinate).toEqual(origin);
    expect(client.resets).toBe(0);
  });

  // TestClient_Update
  it('moves away from a node that is further than it seemed', () => {
    const client = clientWith();
    const other: Coordinate = { ...origin, vec: [0, 0, 0.001] };
    const before = client.distanceTo(other);
    expect(client.update('node', other, 0.101)).toBe('taken');
    expect(client.distanceTo(other)).toBeGreaterThan(before);
    expect(client.coordinate.vec[2]).toBeLessThan(0);
  });

  it('moves towards a node that is nearer than it seemed', () => {
    const client = clientWith();
    const other: Coordinate = { ...origin, vec: [0, 0, 1] };
    client.update('node', other, 0.01);
    expect(client.distanceTo(other)).toBeLessThan(1);
  });

  // TestClient_Update
  it('stays where it is put', () => {
    const client = clientWith();
    const elsewhere: Coordinate = { ...origin, vec: [99, 0, 0] };
    expect(client.set(elsewhere)).toBe('taken');
    expect(client.coordinate).toEqual(elsewhere);
  });

  it('trusts a sure peer more than an unsure one', () => {
    const moved = [0.1, 1.5].map((error) => {
      const client = clientWith();
      client.update('node', { ...origin, vec: [0, 0, 0.001], error }, 0.1);
      return distance(client.coordinate, origin);
    });
    expect(moved[0]).toBeGreaterThan(moved[1] ?? NaN);
  });

  it('grows surer as round trips confirm what it thinks', () => {
    const client = clientWith();
    const other: Coordinate = { ...origin, vec: [0, 0, 0.05], error: 0.1 };
    for (let round = 0; round < 50; round += 1) client.update('node', other, 0.05);
    expect(client.coordinate.error).toBeLessThan(0.2);
    expect(client.distanceTo(other)).toBeCloseTo(0.05, 3);
  });

  it('adjusts by nothing when the window is turned off', () => {
    const client = clientWith({ adjustmentWindow: 0 });
    client.update('node', { ...origin, vec: [0, 0, 0.001] }, 0.1);
    expect(client.coordinate.adjustment).toBe(0);
  });

  // TestClient_DistanceTo
  it('tells how far another is', () => {
    const client = clientWith({ heightMinSeconds: 0 });
    expect(client.distanceTo({ ...origin, height: 0, vec: [0, 0, 12.345] })).toBe(12.345);
  });
});

describe('round trips that no network makes', () => {
  // TestClient_InvalidInPingValues
  it.each([2 ** 63 / 1e9, -35, 11, -1e-9, NaN, Infinity])(
    'are refused and move nothing: %s s',
    (rttSeconds) => {
      const client = clientWith();
      const other: Coordinate = { ...origin, vec: [0, 0, 0.001] };
      const before = client.distanceTo(other);
      expect(client.update('node', other, rttSeconds)).toBe('round-trip-out-of-range');
      expect(client.distanceTo(other)).toBe(before);
      expect(client.coordinate).toEqual(origin);
    },
  );

  it('do not include zero, which a coarse clock measures, nor ten seconds', () => {
    expect(clientWith().update('node', origin, 0)).toBe('taken');
    expect(clientWith().update('node', origin, 10)).toBe('taken');
  });
});

describe('the latency filter', () => {
  const filter = (): LatencyFilter => new LatencyFilter(3, 100);

  // TestClient_latencyFilter
  it('gives the median of the last three round trips, of two the longer', () => {
    const latencies = filter();
    const medians = [0.201, 0.2, 0.207, 0.203, 0.1, 0.1].map((rtt) => latencies.sample('a', rtt));
    expect(medians).toEqual([0.201, 0.201, 0.201, 0.203, 0.203, 0.1]);
  });

  // TestClient_latencyFilter
  it('keeps one slow answer from counting', () => {
    const latencies = filter();
    for (const rtt of [0.2, 0.2]) latencies.sample('a', rtt);
    expect(latencies.sample('a', 1.9)).toBe(0.2);
  });

  // TestClient_latencyFilter
  it('keeps the nodes apart, and forgets one when told to', () => {
    const latencies = filter();
    for (const rtt of [0.2, 0.3, 0.4]) latencies.sample('a', rtt);
    expect(latencies.sample('b', 0.9)).toBe(0.9);
    latencies.forget('a');
    expect(latencies.sample('a', 0.7)).toBe(0.7);
    expect(latencies.sample('b', 0.1)).toBe(0.9);
  });

  // TestClient_latencyFilter
  it('is what a client takes round trips through, and forgets nodes in', () => {
    const [steady, jumpy, forgetful] = [clientWith(), clientWith(), clientWith()];
    const other: Coordinate = { ...origin, vec: [0, 0, 0.1] };
    for (const client of [steady, jumpy, forgetful]) {
      client.update('node', other, 0.1);
      client.update('node', other, 0.1);
    }
    forgetful.forget('node');
    steady.update('node', other, 0.1);
    jumpy.update('node', other, 5);
    forgetful.update('node', other, 5);
    expect(jumpy.coordinate).toEqual(steady.coordinate);
    expect(forgetful.coordinate).not.toEqual(steady.coordinate);
  });

  it('forgets the node that it has not heard of for longest when there are too many', () => {
    const latencies = new LatencyFilter(3, 2);
    latencies.sample('a', 1);
    latencies.sample('b', 1);
    latencies.sample('a', 1);
    latencies.sample('c', 1);
    expect(latencies.nodes).toBe(2);
    expect(latencies.sample('b', 9)).toBe(9);
    expect(latencies.sample('c', 9)).toBe(9);
    expect(latencies.nodes).toBe(2);
  });
});

describe('a coordinate that is none', () => {
  // TestClient_NaN_Defense
  it.each([NaN, Infinity, -Infinity])('is refused with a %s in it, as a peer and as own', (odd) => {
    const client = clientWith();
    const strange: readonly Coordinate[] = [
      { ...origin, vec: [odd, 0, 0] },
      { ...origin, error: odd },
      { ...origin, adjustment: odd },
      { ...origin, height: odd },
    ];
    for (const coordinate of strange) {
      expect(client.update('node', coordinate, 0.25)).toBe('not-a-coordinate');
      expect(client.set(coordinate)).toBe('not-a-coordinate');
    }
    expect(client.coordinate).toEqual(origin);
  });

  // TestClient_NaN_Defense
  it('is refused in other dimensions, as a peer and as own', () => {
    const client = clientWith();
    for (const vec of [[], [0], [0, 0], [0, 0, 0, 0]]) {
      expect(client.update('node', { ...origin, vec }, 0.25)).toBe('wrong-dimensions');
      expect(client.set({ ...origin, vec })).toBe('wrong-dimensions');
    }
    expect(client.coordinate).toEqual(origin);
    expect(client.resets).toBe(0);
  });

  it('is refused with a negative error or height, which no node can come to have', () => {
    const client = clientWith();
    expect(client.update('node', { ...origin, error: -1 }, 0.1)).toBe('not-a-coordinate');
    expect(client.update('node', { ...origin, height: -1 }, 0.1)).toBe('not-a-coordinate');
    expect(client.coordinate).toEqual(origin);
  });
});

describe('a coordinate that has become invalid', () => {
  // TestClient_NaN_Defense
  it('starts anew, once, and is counted', () => {
    const client = clientWith();
    // Their difference overflows, so no direction can be told.
    client.set({ ...origin, vec: [1e308, 0, 0] });
    expect(client.update('node', { ...origin, vec: [-1e308, 0, 0] }, 0.25)).toBe('taken');
    expect(client.coordinate).toEqual(origin);
    expect(client.resets).toBe(1);
  });

  it('does not become so again because of what it remembers', () => {
    const client = clientWith();
    client.update('rogue', { ...origin, vec: [1e300, 0, 0] }, 0.25);
    expect(client.resets).toBe(1);
    for (let round = 0; round < 25; round += 1) {
      client.update('honest', { ...origin, vec: [0, 0, 0.1] }, 0.1);
    }
    expect(client.resets).toBe(1);
    expect(isValidCoordinate(client.coordinate)).toBe(true);
    expect(client.coordinate.adjustment).not.toBe(0);
  });
});
