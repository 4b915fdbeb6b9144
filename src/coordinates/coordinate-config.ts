/** The constants of Vivaldi. Nodes of one cluster must agree on them, so Serf's are the only ones in use. */

export interface CoordinateConfig {
  /** Number of Euclidean dimensions beside the height. */
  readonly dimensions: number;
  /** The error of a node that knows nothing, and the cap of every other. */
  readonly errorMax: number;
  /** How much of a sample's disagreement goes into the error at most (c_e in the Vivaldi paper). */
  readonly errorGain: number;
  /** How far towards a sample the coordinate moves at most (c_c in the Vivaldi paper). */
  readonly forceGain: number;
  /** Samples that the adjustment is averaged over; 0 turns it off. */
  readonly adjustmentWindow: number;
  /** Below this the height, the part of each path that all paths share, does not fall. */
  readonly heightMinSeconds: number;
  /** Round trips per node of which the median counts. */
  readonly latencyFilterSize: number;
  /** The larger, the weaker the pull that keeps the whole cluster from drifting off the origin. */
  readonly gravityRho: number;
}

/** Serf's values. */
export const defaultCoordinateConfig: CoordinateConfig = Object.freeze({
  dimensions: 8,
  errorMax: 1.5,
  errorGain: 0.25,
  forceGain: 0.25,
  adjustmentWindow: 20,
  heightMinSeconds: 10e-6,
  latencyFilterSize: 3,
  gravityRho: 150,
});
