/** How much a flight recorder keeps. */

/** Bounds of the ring. Whichever is reached first lets the oldest inputs go. */
export interface RecorderBounds {
  /** Inputs kept: a quiet node takes about 20 a second. */
  readonly inputsMax: number;
  /** Bytes kept, as encoded. */
  readonly bytesMax: number;
}

/** Over an hour of a quiet node in 16 MiB. */
export const recorderDefaults: RecorderBounds = {
  inputsMax: 100_000,
  bytesMax: 16 * 1024 * 1024,
};
