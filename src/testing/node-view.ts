/** A simulated node as the user of a simulation sees it: everything to read, nothing to break. */

import type { EngineStats, LocalState } from '../core/engine.ts';
import type { Address } from '../model/address.ts';
import type { Member, MemberStatus } from '../model/member.ts';
import type { SimulatedEventListener } from './event-log.ts';
import type { ToldListener } from './told.ts';
import type { SimulatedEvent, SimulatedEventKind } from './member-event.ts';

/** Why a node does not run. `host-down` does not even refuse a stream. */
export type DownReason = 'not-started' | 'crashed' | 'host-down' | 'stopped' | 'name-lost';

export interface NodeView {
  /** What the simulation calls it; unique, unlike the name. */
  readonly id: string;
  readonly name: string;
  readonly address: Address;
  readonly isUp: boolean;
  readonly isPaused: boolean;
  /** `undefined` while it runs. */
  readonly downReason: DownReason | undefined;
  readonly localState: LocalState;
  /** What it knows (or knew when it went down), `none` members included. */
  readonly members: ReadonlyMap<string, Member>;
  /** How it sees a member; `undefined` if it knows none of that name. */
  statusOf(name: string): MemberStatus | undefined;
  stats(): EngineStats;
  /** The last member events, oldest first. */
  readonly events: readonly SimulatedEvent[];
  /** How many events of a kind there have been, ever. */
  eventCount(kind: SimulatedEventKind): number;
  /** Calls `listener` with each member event from now on; returns how to stop it. */
  onEvent(listener: SimulatedEventListener): () => void;
  /** Calls `listener` with each user event, query and answer from now on; returns how to stop it. */
  onTold(listener: ToldListener): () => void;
}
