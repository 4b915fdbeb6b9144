import { describe, expect, it } from 'vitest';

import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import { fakeNode, failed, joined, rejection } from './fake-runtime.ts';

/** A place `ms` away from the origin, along the first axis. */
function place(ms: number): Coordinate {
  const vec = [ms / 1_000, 0, 0, 0, 0, 0, 0, 0];
  return { vec, error: 0.1, adjustment: 0, height: 0 };
}

async function nodeAmong(distances: Readonly<Record<string, number>>) {
  const { node, runtime } = await fakeNode();
  for (const name of Object.keys(distances)) {
    if (name !== 'self') runtime.listener.facts(joined(name));
  }
  runtime.places = new Map(Object.entries(distances).map(([name, ms]) => [name, place(ms)]));
  return { node, runtime };
}

describe('distances', () => {
  it('are round trips in milliseconds, from this node unless said otherwise', async () => {
    const { node } = await nodeAmong({ self: 10, b: 50, c: 20 });
    expect(await node.rtt('b')).toBeCloseTo(40, 5);
    expect(await node.rtt('b', 'c')).toBeCloseTo(30, 5);
    expect(await node.rtt('nobody')).toBeUndefined();
  });

  it('sort the living, the nearest first, or those that are asked about', async () => {
    const { node, runtime } = await nodeAmong({ self: 10, far: 50, near: 11, gone: 12 });
    runtime.listener.facts([...failed('gone'), ...joined('unknown')]);
    const names = (await node.nearest()).map(({ name }) => name);
    expect(names).toEqual(['near', 'far', 'unknown']);
    expect(await node.nearest(['far', 'unknown', 'gone'], { from: 'far' })).toMatchObject([
      { name: 'far' },
      { name: 'gone' },
      { name: 'unknown', rttMs: undefined },
    ]);
  });

  it('come of coordinates that can be read', async () => {
    const { node } = await nodeAmong({ self: 10, b: 50 });
    expect(await node.coordinate()).toEqual(place(10));
    expect(await node.coordinate('b')).toEqual(place(50));
    expect(await node.coordinate('nobody')).toBeUndefined();
  });

  it('are not there where coordinates are turned off, nor after the end', async () => {
    const { node } = await fakeNode({ limits: { coordinates: false } });
    expect(await rejection(node.rtt('b'))).toMatchObject({
      code: 'ERR_OPTION',
      details: { option: 'limits.coordinates' },
    });
    const { node: ended } = await nodeAmong({ self: 1 });
    await ended.shutdown();
    expect(await rejection(ended.nearest())).toMatchObject({ code: 'ERR_STATE' });
  });
});
