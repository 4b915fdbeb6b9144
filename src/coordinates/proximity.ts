/** Who is near whom: what coordinates are for. Pure reads, for either side of a thread. */

import type { Coordinate } from './coordinate.ts';
import { areCompatible, distance } from './coordinate.ts';

/** Coordinates by member. */
export type CoordinateView = ReadonlyMap<string, Coordinate>;

/**
 * The estimated round trip between two members in milliseconds, never negative; `undefined` while the
 * coordinate of either is unknown. An estimate: neither has to have measured the other.
 */
export function rttMs(view: CoordinateView, a: string, b: string): number | undefined {
  const [from, to] = [view.get(a), view.get(b)];
  if (from === undefined || to === undefined || !areCompatible(from, to)) return undefined;
  return Math.max(0, distance(from, to) * 1_000);
}

/**
 * The items with those first that are nearest to member `from`: its own, then the others by their round
 * trip, last those whose place nobody knows. Equally near ones keep their order.
 */
export function nearestFirst<T>(
  view: CoordinateView,
  from: string,
  items: Iterable<T>,
  nameOf: (item: T) => string,
): readonly T[] {
  const rttOf = (name: string): number =>
    name === from ? -1 : (rttMs(view, from, name) ?? Infinity);
  return Array.from(items, (item) => ({ item, rtt: rttOf(nameOf(item)) }))
    .sort((a, b) => (a.rtt === b.rtt ? 0 : a.rtt - b.rtt))
    .map(({ item }) => item);
}
