/** What a network does to what is sent over it: the conditions of a link, and rules that change them. */

import type { Random } from '../model/random.ts';
import { quantise } from './node-clock.ts';

/** How long a packet travels. */
export type Delay =
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** `minMs` and an exponential tail of mean `tailMs`, cut off at `maxMs`: a busy network. */
  | {
      readonly kind: 'exponential';
      readonly minMs: number;
      readonly tailMs: number;
      readonly maxMs: number;
    };

/** The conditions of one direction of a link. Rates are probabilities, 0 to 1. */
export interface LinkConditions {
  /** Datagrams lost; a stream pays for a lost segment with a retransmission's delay. */
  readonly lossRate: number;
  /** Datagrams delivered twice. */
  readonly duplicateRate: number;
  /** Datagrams held back by up to `reorderMs` more, so that later ones overtake them. */
  readonly reorderRate: number;
  readonly reorderMs: number;
  readonly delay: Delay;
  /** Datagrams whose payload is larger vanish, as behind a broken path MTU discovery. */
  readonly datagramBytesMax: number;
  /** Nothing passes in this direction. */
  readonly isBlocked: boolean;
}

/** The largest UDP payload that IPv4 carries. */
const udpPayloadBytesMax = 65_507;

/** A quiet local network. */
export const defaultConditions: LinkConditions = {
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  reorderMs: 0,
  delay: { kind: 'uniform', minMs: 0.25, maxMs: 1 },
  datagramBytesMax: udpPayloadBytesMax,
  isBlocked: false,
};

/** Which traffic a rule means: packets, streams, or both. */
export type Protocol = 'udp' | 'tcp' | 'all';

/** Changed conditions for some of the traffic. `from` and `to` are node indexes; `undefined` is any. */
export interface LinkRule {
  readonly id: number;
  readonly from: ReadonlySet<number> | undefined;
  readonly to: ReadonlySet<number> | undefined;
  readonly protocol: Protocol;
  readonly conditions: Partial<LinkConditions>;
}

/** Draws a travel time. */
export function drawDelay(delay: Delay, random: Random): number {
  switch (delay.kind) {
    case 'uniform':
      return quantise(delay.minMs + random() * (delay.maxMs - delay.minMs));
    case 'exponential':
      return quantise(Math.min(delay.maxMs, delay.minMs - Math.log(1 - random()) * delay.tailMs));
    default:
      return delay satisfies never;
  }
}
