/** Who is near whom: the network coordinates that the engine has learnt, asked for by users. */

import type { Coordinate } from '../coordinates/coordinate.ts';
import { nearestFirst, rttMs } from '../coordinates/proximity.ts';
import type { CoordinateView } from '../coordinates/proximity.ts';
import { FolkmootError } from '../model/error.ts';
import type { Member } from '../model/member.ts';
import type { Runtime } from '../workers/runtime.ts';

/** A member, and how far away it is estimated to be. */
export interface NearMember {
  readonly name: string;
  /** The round trip in milliseconds; `undefined` while it is not known. */
  readonly rttMs: number | undefined;
}

export interface NearestOptions {
  /** From whom the way is counted. Default: this node. */
  readonly from?: string | undefined;
}

/**
 * The part of a node that knows distances. Estimates, by Vivaldi's coordinates as Serf has them: members
 * learn them from the probes that run anyway, so no two have to have spoken. Within some minutes they are
 * right to some ten per cent.
 *
 * @throws FolkmootError `ERR_OPTION` if coordinates are turned off (`limits.coordinates`).
 */
export interface PlaceApi {
  /** The estimated round trip between two members in milliseconds, the second by default this node. */
  rtt(a: string, b?: string): Promise<number | undefined>;
  /** These members (default: all that are alive, but for `from`), the nearest first, last the unknown. */
  nearest(names?: Iterable<string>, options?: NearestOptions): Promise<readonly NearMember[]>;
  /** The coordinate that a member (default: this node) last said it has, in seconds. */
  coordinate(name?: string): Promise<Coordinate | undefined>;
}

export interface PlacesOptions {
  readonly name: string;
  /** Whether coordinates are learnt at all. */
  readonly isOn: boolean;
  readonly members: ReadonlyMap<string, Member>;
  readonly runtime: Pick<Runtime, 'coordinates'>;
  /** Throws unless the node can be asked. */
  admit(what: string): Promise<void>;
}

export class Places implements PlaceApi {
  readonly #options: PlacesOptions;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  async rtt(a: string, b: string = this.#options.name): Promise<number | undefined> {
    return rttMs(await this.#view([a, b]), a, b);
  }

  async nearest(
    names?: Iterable<string>,
    { from = this.#options.name }: NearestOptions = {},
  ): Promise<readonly NearMember[]> {
    const wanted = names === undefined ? this.#others(from) : [...names];
    const view = await this.#view([from, ...wanted]);
    const nearest = nearestFirst(view, from, wanted, (name) => name);
    return nearest.map((name) => ({ name, rttMs: rttMs(view, from, name) }));
  }

  async coordinate(name: string = this.#options.name): Promise<Coordinate | undefined> {
    return (await this.#view([name])).get(name);
  }

  #others(from: string): readonly string[] {
    const alive = [...this.#options.members.values()].filter(({ status }) => status === 'alive');
    return alive.map(({ name }) => name).filter((name) => name !== from);
  }

  async #view(names: readonly string[]): Promise<CoordinateView> {
    const { isOn, runtime } = this.#options;
    if (!isOn) {
      const message = 'Coordinates are turned off here: set limits.coordinates to true.';
      const details = { option: 'limits.coordinates', value: false };
      throw new FolkmootError('ERR_OPTION', message, details);
    }
    await this.#options.admit('read coordinates');
    return runtime.coordinates(names);
  }
}
