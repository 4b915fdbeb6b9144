/**
 * A network coordinate: a place in a space in which distances are round-trip times. The model is
 * Vivaldi with heights (Dabek et al., 2004), an adjustment term (Lee et al., 2010) and the latency filter
 * and gravity of Ledlie et al. (2007): Serf's.
 */

import type { Random } from '../model/random.ts';
import type { CoordinateConfig } from './coordinate-config.ts';

/** An immutable value, all of it in seconds but for `error`. */
export interface Coordinate {
  readonly vec: readonly number[];
  /** How far the coordinate is to be trusted: a share of the round trip, from 0 (sure) to 1.5. */
  readonly error: number;
  /** Added to distances to make up for what a Euclidean space cannot express; may be negative. */
  readonly adjustment: number;
  /** The way from the node to the network, part of every path to it. */
  readonly height: number;
}

/** Two places nearer to each other than this are one. */
const zeroThreshold = 1e-6;
const nanosecondsPerSecond = 1e9;
/** The longest duration of Go. Where its conversion would overflow, ours stops here. */
const nanosecondsMax = 2 ** 63;

/** Where every node starts: at the origin, sure of nothing. */
export function originCoordinate(config: CoordinateConfig): Coordinate {
  return {
    vec: Array.from({ length: config.dimensions }, () => 0),
    error: config.errorMax,
    adjustment: 0,
    height: config.heightMinSeconds,
  };
}

/** Whether every number in it is one, and finite. */
export function isValidCoordinate({ vec, error, adjustment, height }: Coordinate): boolean {
  return (
    vec.every((component) => Number.isFinite(component)) &&
    Number.isFinite(error) &&
    Number.isFinite(adjustment) &&
    Number.isFinite(height)
  );
}

/** Whether the two can be compared at all: in as many dimensions. */
export function areCompatible(a: Coordinate, b: Coordinate): boolean {
  return a.vec.length === b.vec.length;
}

/**
 * The estimated round trip between the two in seconds, cut to whole nanoseconds as a Go duration is.
 * Adjustments count only as long as they leave something of the distance.
 * Throws a `RangeError` when the dimensions differ.
 */
export function distance(a: Coordinate, b: Coordinate): number {
  const raw = rawDistance(a, b);
  const adjusted = raw + a.adjustment + b.adjustment;
  return cutToNanoseconds(adjusted > 0 ? adjusted : raw);
}

/** As {@link distance}, without adjustments and in full precision. */
export function rawDistance(a: Coordinate, b: Coordinate): number {
  return magnitude(difference(a.vec, b.vec)) + a.height + b.height;
}

/**
 * Where `from` ends up when `other` pushes it away with `forceSeconds` (pulls, if negative). Of two in
 * one place, `from` goes in a random direction. Throws a `RangeError` when the dimensions differ.
 */
export function applyForce(
  from: Coordinate,
  push: { readonly other: Coordinate; readonly forceSeconds: number },
  config: CoordinateConfig,
  random: Random,
): Coordinate {
  const { other, forceSeconds } = push;
  const { unit, separation } = unitVectorAt(from.vec, other.vec, random);
  return {
    ...from,
    vec: sum(from.vec, scaled(unit, forceSeconds)),
    height:
      separation > zeroThreshold
        ? Math.max(
            config.heightMinSeconds,
            ((from.height + other.height) * forceSeconds) / separation + from.height,
          )
        : from.height,
  };
}

/** The direction from `b` to `a`, and how far they are apart: 0 if so near that the direction is chance. */
export function unitVectorAt(
  a: readonly number[],
  b: readonly number[],
  random: Random,
): { readonly unit: readonly number[]; readonly separation: number } {
  const apart = difference(a, b);
  const separation = magnitude(apart);
  if (separation > zeroThreshold) return { unit: scaled(apart, 1 / separation), separation };
  const drawn = apart.map(() => random() - 0.5);
  const length = magnitude(drawn);
  if (length > zeroThreshold) return { unit: scaled(drawn, 1 / length), separation: 0 };
  return { unit: apart.map((_, axis) => (axis === 0 ? 1 : 0)), separation: 0 };
}

/** The Euclidean length. Sums in order, squares by multiplication: the result is Go's to the last bit. */
export function magnitude(vec: readonly number[]): number {
  let squares = 0;
  for (const component of vec) squares += component * component;
  return Math.sqrt(squares);
}

export function sum(a: readonly number[], b: readonly number[]): readonly number[] {
  assertSameDimensions(a, b);
  return a.map((component, axis) => component + (b[axis] as number));
}

export function difference(a: readonly number[], b: readonly number[]): readonly number[] {
  assertSameDimensions(a, b);
  return a.map((component, axis) => component - (b[axis] as number));
}

function scaled(vec: readonly number[], factor: number): readonly number[] {
  return vec.map((component) => component * factor);
}

function assertSameDimensions(a: readonly number[], b: readonly number[]): void {
  if (a.length === b.length) return;
  throw new RangeError(`coordinates of ${a.length} and ${b.length} dimensions`);
}

/** Whole seconds and the rest apart, as Go turns a duration into seconds: it rounds differently in one. */
function cutToNanoseconds(seconds: number): number {
  const nanoseconds = Math.max(
    -nanosecondsMax,
    Math.min(nanosecondsMax, Math.trunc(seconds * nanosecondsPerSecond)),
  );
  const rest = nanoseconds % nanosecondsPerSecond;
  return (nanoseconds - rest) / nanosecondsPerSecond + rest / nanosecondsPerSecond;
}
