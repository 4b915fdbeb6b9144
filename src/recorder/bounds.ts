/** How much a flight recorder keeps. */

/** Bounds of the ring. Whichever is reached first lets the oldest inputs go. */
export interface RecorderBounds {
  /** Inputs kept: a quiet node takes about 10 a second, whatever the size of the cluster. */
  readonly inputsMax: number;
  /** Bytes kept, as encoded: 60 to 150 an input on average, but a push/pull brings every member. */
  readonly bytesMax: number;
}

/** Two to three hours of a quiet node. */
export const recorderDefaults: RecorderBounds = {
  inputsMax: 100_000,
  bytesMax: 16 * 1024 * 1024,
};
