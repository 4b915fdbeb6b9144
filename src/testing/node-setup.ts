/** How a simulated machine is put into the world. */

import type { Security } from '../wire/security.ts';

/** What a machine is set up with. */
export interface SimulatedNodeSetup {
  /** What the simulation calls it; unique, unlike the name. */
  readonly id: string;
  readonly index: number;
  readonly security: Security;
  /** How wrong its clock is. */
  readonly clockOffsetMs: number;
  /** Size of the kernel's buffer for datagrams. */
  readonly receiveBufferBytes: number;
  /** How many member events are kept for reading. */
  readonly eventsKept: number;
}
