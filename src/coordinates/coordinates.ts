/** What one node knows of where the members are: itself by measuring, the others by their word. */

import type { Random } from '../model/random.ts';
import { CoordinateClient } from './coordinate-client.ts';
import type { CoordinateVerdict } from './coordinate-client.ts';
import { defaultCoordinateConfig } from './coordinate-config.ts';
import type { Coordinate } from './coordinate.ts';

export class Coordinates {
  readonly #ownName: string;
  readonly #client: CoordinateClient;
  readonly #peersMax: number;
  /** In the order in which they were last heard of; this node's own is always among them. */
  readonly #byName = new Map<string, Coordinate>();
  #rejected = 0;

  /** `peersMax`: beyond it, the coordinate not heard of for longest is forgotten. */
  constructor(options: {
    readonly ownName: string;
    readonly peersMax: number;
    readonly random: Random;
  }) {
    const { ownName, peersMax, random } = options;
    this.#ownName = ownName;
    this.#peersMax = peersMax;
    this.#client = new CoordinateClient({
      config: defaultCoordinateConfig,
      random,
      nodesMax: peersMax,
    });
    this.#byName.set(ownName, this.own);
  }

  /** Where this node is: what its acks carry. */
  get own(): Coordinate {
    return this.#client.coordinate;
  }

  /** The last coordinate of each member that advertised one, this node's included. */
  get byName(): ReadonlyMap<string, Coordinate> {
    return this.#byName;
  }

  /** How often this node's coordinate became invalid and started anew. */
  get resets(): number {
    return this.#client.resets;
  }

  /** Round trips and coordinates that were not believed. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Takes the answer to a ping: how long it took, and where `name` says that it is. */
  learn(name: string, coordinate: Coordinate, rttSeconds: number): CoordinateVerdict {
    const verdict = this.#client.update(name, coordinate, rttSeconds);
    if (verdict !== 'taken') {
      this.#rejected += 1;
      return verdict;
    }
    this.#byName.delete(name);
    this.#byName.set(name, coordinate);
    this.#byName.set(this.#ownName, this.own);
    if (this.#byName.size > this.#peersMax + 1) this.#forgetOldest();
    return verdict;
  }

  /** Forgets a member that is gone. */
  forget(name: string): void {
    if (name === this.#ownName) return;
    this.#byName.delete(name);
    this.#client.forget(name);
  }

  #forgetOldest(): void {
    for (const name of this.#byName.keys()) {
      if (name === this.#ownName) continue;
      this.forget(name);
      return;
    }
  }
}
