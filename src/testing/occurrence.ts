/** What can happen in a simulated world at an instant. */

import type { ExchangeFailure } from '../core/input.ts';
import type { Address } from '../model/address.ts';
import type { OpenedPacket } from '../wire/packet.ts';
import type { Security } from '../wire/security.ts';
import type { Scheduled } from './event-queue.ts';
import type { SimulatedNode } from './simulated-node.ts';

/** A datagram on its way. */
export interface Datagram {
  readonly sender: string;
  readonly from: Address;
  readonly bytes: Uint8Array;
  /** Read once, for all who hold the same keys: copies and checks need not decode again. */
  opened: { readonly with: Security; readonly packet: OpenedPacket } | undefined;
}

/** A stream that somebody opened, its request written. */
export interface Connection {
  readonly dialler: SimulatedNode;
  /** Which life of the dialler: a restarted process does not hear the answer. */
  readonly diallerLife: number;
  readonly listener: SimulatedNode;
  readonly exchange: number;
  readonly from: Address;
  readonly request: Uint8Array;
  readonly expectsReply: boolean;
}

/** How a dialled stream ended, as the dialler's kernel knows it. */
export type ExchangeOutcome =
  | { readonly kind: 'replied'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: ExchangeFailure };

interface AtNode extends Scheduled {
  readonly node: SimulatedNode;
  /** Meant for this life of the node's process only. */
  readonly life: number;
}

export type Occurrence =
  /** The node's own timer. */
  | (AtNode & { readonly kind: 'wake' })
  | (Scheduled & {
      readonly kind: 'datagram';
      readonly node: SimulatedNode;
      readonly datagram: Datagram;
    })
  | (Scheduled & { readonly kind: 'connection'; readonly connection: Connection })
  | (AtNode & {
      readonly kind: 'exchange-ended';
      readonly exchange: number;
      readonly outcome: ExchangeOutcome;
    })
  | (AtNode & { readonly kind: 'exchange-timed-out'; readonly exchange: number })
  | (AtNode & { readonly kind: 'resume' })
  /** Something the user of the simulation planned. */
  | (Scheduled & { readonly kind: 'plan'; readonly run: () => void });
