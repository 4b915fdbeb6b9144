/** Keeps the coordinate of one node true to the round trips that it measures. */

import type { Random } from '../model/random.ts';
import type { CoordinateConfig } from './coordinate-config.ts';
import type { Coordinate } from './coordinate.ts';
import {
  applyForce,
  areCompatible,
  distance,
  isValidCoordinate,
  originCoordinate,
  rawDistance,
} from './coordinate.ts';
import { LatencyFilter } from './latency-filter.ts';

/** What became of a coordinate that was handed in. */
export type CoordinateVerdict =
  'taken' | 'wrong-dimensions' | 'not-a-coordinate' | 'round-trip-out-of-range';

/** Round trips longer than this come from a clock that jumped, not from a network. */
export const rttSecondsMax = 10;

/** No round trip is shorter than this, and no two errors add up to less, where they divide. */
const zeroThreshold = 1e-6;

export interface CoordinateClientOptions {
  readonly config: CoordinateConfig;
  readonly random: Random;
  /** Nodes whose round trips are remembered at once. */
  readonly nodesMax: number;
}

/**
 * One node's Vivaldi, as Serf runs it: what it is given in the same order gives the same coordinate to
 * the last bit, chance aside. In two places it is stricter. Serf takes a peer's negative error or height
 * at its word, though no node can come to have one, and is thrown out of any cluster's reach by it; here
 * it is refused. And a reset forgets the adjustment samples too: the infinite one that made it necessary
 * would force another at each of the next 20 updates.
 */
export class CoordinateClient {
  readonly #config: CoordinateConfig;
  readonly #random: Random;
  readonly #origin: Coordinate;
  readonly #latencies: LatencyFilter;
  readonly #adjustments: Float64Array;
  #adjustmentIndex = 0;
  #coordinate: Coordinate;
  #resets = 0;

  /** Throws a `RangeError` on a config without dimensions. */
  constructor({ config, random, nodesMax }: CoordinateClientOptions) {
    if (config.dimensions < 1) throw new RangeError('a coordinate needs at least one dimension');
    this.#config = config;
    this.#random = random;
    this.#origin = originCoordinate(config);
    this.#coordinate = this.#origin;
    this.#latencies = new LatencyFilter(config.latencyFilterSize, nodesMax);
    this.#adjustments = new Float64Array(config.adjustmentWindow);
  }

  /** Where this node is. */
  get coordinate(): Coordinate {
    return this.#coordinate;
  }

  /** How often the coordinate became invalid and went back to the origin. */
  get resets(): number {
    return this.#resets;
  }

  /** Puts this node elsewhere. What {@link update} would not believe of a peer is refused. */
  set(coordinate: Coordinate): CoordinateVerdict {
    const verdict = this.#judge(coordinate);
    if (verdict === 'taken') this.#coordinate = coordinate;
    return verdict;
  }

  /** Takes a round trip to `node`, which says that it is at `other`. */
  update(node: string, other: Coordinate, rttSeconds: number): CoordinateVerdict {
    const verdict = this.#judge(other);
    if (verdict !== 'taken') return verdict;
    // Zero is a round trip faster than the clock ticks; NaN fails both comparisons.
    if (!(rttSeconds >= 0 && rttSeconds <= rttSecondsMax)) return 'round-trip-out-of-range';
    const medianSeconds = this.#latencies.sample(node, rttSeconds);
    this.#approach(other, medianSeconds);
    this.#adjust(other, medianSeconds);
    this.#gravitate();
    if (!isValidCoordinate(this.#coordinate)) this.#reset();
    return verdict;
  }

  /** The estimated round trip to `other` in seconds. Throws a `RangeError` on other dimensions. */
  distanceTo(other: Coordinate): number {
    return distance(this.#coordinate, other);
  }

  /** Forgets the round trips to a node that is gone. */
  forget(node: string): void {
    this.#latencies.forget(node);
  }

  #judge(other: Coordinate): CoordinateVerdict {
    if (!areCompatible(this.#origin, other)) return 'wrong-dimensions';
    const isOne = isValidCoordinate(other) && other.error >= 0 && other.height >= 0;
    return isOne ? 'taken' : 'not-a-coordinate';
  }

  /** Vivaldi's spring: the less this node trusts itself and the more the other, the further it moves. */
  #approach(other: Coordinate, rttSeconds: number): void {
    const { errorGain, errorMax, forceGain } = this.#config;
    const { error } = this.#coordinate;
    const measured = Math.max(rttSeconds, zeroThreshold);
    const estimated = this.distanceTo(other);
    const wrongness = Math.abs(estimated - measured) / measured;
    const weight = error / Math.max(error + other.error, zeroThreshold);
    const nextError = errorGain * weight * wrongness + error * (1 - errorGain * weight);
    this.#coordinate = applyForce(
      { ...this.#coordinate, error: Math.min(nextError, errorMax) },
      { other, forceSeconds: forceGain * weight * (measured - estimated) },
      this.#config,
      this.#random,
    );
  }

  /** Half of the mean of what recent round trips differ by from the bare distance; half is the peer's. */
  #adjust(other: Coordinate, rttSeconds: number): void {
    const size = this.#adjustments.length;
    if (size === 0) return;
    this.#adjustments[this.#adjustmentIndex] = rttSeconds - rawDistance(this.#coordinate, other);
    this.#adjustmentIndex = (this.#adjustmentIndex + 1) % size;
    const sum = this.#adjustments.reduce((total, sample) => total + sample, 0);
    this.#coordinate = { ...this.#coordinate, adjustment: sum / (2 * size) };
  }

  /** All distances stay right when a whole cluster drifts, so something must hold it to the origin. */
  #gravitate(): void {
    const pull = distance(this.#origin, this.#coordinate) / this.#config.gravityRho;
    this.#coordinate = applyForce(
      this.#coordinate,
      { other: this.#origin, forceSeconds: -1 * (pull * pull) },
      this.#config,
      this.#random,
    );
  }

  #reset(): void {
    this.#resets += 1;
    this.#coordinate = this.#origin;
    this.#adjustments.fill(0);
  }
}
