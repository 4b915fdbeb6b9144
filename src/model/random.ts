/** Randomness as an argument: protocol logic never draws its own. */

/** A source of uniform numbers in [0, 1), like `Math.random`. */
export type Random = () => number;

/** A uniform integer in [0, below). */
export function randomInteger(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** Shuffles in place (Fisher–Yates) and returns the same array. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = randomInteger(random, last + 1);
    const item = items[last] as T;
    items[last] = items[other] as T;
    items[other] = item;
  }
  return items;
}

/**
 * Up to `count` distinct items that `accept` lets through, each choice equally likely.
 *
 * Draws at random first and scans only when the draws were unlucky, so picking 3 of 10,000 does not
 * cost 10,000 (memberlist's kRandomNodes; unlike it, ours finds all there are in any list).
 */
export function sample<T>(
  items: readonly T[],
  count: number,
  random: Random,
  accept: (item: T) => boolean,
): T[] {
  const chosen: T[] = [];
  const drawsMax = items.length < 3 * count ? 0 : 3 * count;
  for (let draw = 0; draw < drawsMax && chosen.length < count; draw += 1) {
    const item = items[randomInteger(random, items.length)] as T;
    if (!chosen.includes(item) && accept(item)) chosen.push(item);
  }
  if (chosen.length === count || items.length === 0) return chosen;
  const start = randomInteger(random, items.length);
  const rest: T[] = [];
  for (let step = 0; step < items.length; step += 1) {
    const item = items[(start + step) % items.length] as T;
    if (!chosen.includes(item) && accept(item)) rest.push(item);
  }
  return chosen.concat(shuffle(rest, random).slice(0, count - chosen.length));
}

/** A generator with a seed (mulberry32): the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
