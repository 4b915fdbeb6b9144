/** What the records of a snapshot file add up to. */

import type { Address } from '../model/address.ts';
import type { LamportTime } from '../model/lamport.ts';
import type { SnapshotRecord } from './snapshot-line.ts';

/** The newest times seen, 0: none. Serf writes the times of what was seen, which is its clocks − 1. */
export interface SnapshotClocks {
  readonly memberTime: LamportTime;
  readonly eventTime: LamportTime;
  readonly queryTime: LamportTime;
}

export interface FoldOptions {
  /** Read over a recorded leave, as if this node had been killed instead. */
  readonly rejoinAfterLeave: boolean;
  /** Members remembered; further ones are counted and left out. */
  readonly nodesMax: number;
}

/** What the records up to here add up to. */
export class SnapshotFold implements SnapshotClocks {
  readonly nodes = new Map<string, Address>();
  memberTime: LamportTime = 0;
  eventTime: LamportTime = 0;
  queryTime: LamportTime = 0;
  left = false;
  readonly #rejoinAfterLeave: boolean;
  readonly #nodesMax: number;

  constructor(options: FoldOptions) {
    this.#rejoinAfterLeave = options.rejoinAfterLeave;
    this.#nodesMax = options.nodesMax;
  }

  /** Begins with what a file said. */
  adopt(
    state: SnapshotClocks &
      Pick<SnapshotFold, 'left'> & { readonly nodes: ReadonlyMap<string, Address> },
  ): void {
    for (const [name, address] of state.nodes) this.nodes.set(name, address);
    this.memberTime = state.memberTime;
    this.eventTime = state.eventTime;
    this.queryTime = state.queryTime;
    this.left = state.left;
  }

  /** Returns whether there was room for it. */
  apply(record: SnapshotRecord): boolean {
    switch (record.kind) {
      case 'alive':
        this.left = false;
        if (this.nodes.size >= this.#nodesMax && !this.nodes.has(record.name)) return false;
        this.nodes.set(record.name, record.address);
        return true;
      case 'not-alive':
        this.nodes.delete(record.name);
        return true;
      case 'clock':
        this.memberTime = record.time;
        return true;
      case 'event-clock':
        this.eventTime = record.time;
        return true;
      case 'query-clock':
        this.queryTime = record.time;
        return true;
      case 'leave':
        this.#leave();
        return true;
      default:
        return record satisfies never;
    }
  }

  #leave(): void {
    this.left = true;
    if (this.#rejoinAfterLeave) return;
    this.nodes.clear();
    this.memberTime = 0;
    this.eventTime = 0;
    this.queryTime = 0;
  }
}
