/** User events: telling all members something, and hearing what they tell. */

import { share } from 'rxjs';
import type { Observable } from 'rxjs';

import type { LamportTime } from '../model/lamport.ts';
import { decodedEvents } from '../streams/user-events.ts';
import type { UserEvent } from '../streams/user-events.ts';
import { abortable } from './abort.ts';
import type { WaitOptions } from './api.ts';
import type { Commander } from './pending-commands.ts';
import type { EventDefinition } from './definitions.ts';
import type { Inbox, InvalidMessage } from './inbox.ts';
import { optionError, parseBoolean, refuseUnknown } from './option-values.ts';
import { encodeFor, payloadBytes } from './payload-codec.ts';
import type { PayloadInput } from './payload-codec.ts';

export interface EmitOptions extends WaitOptions {
  /**
   * Whether receivers that coalesce may tell only the latest of a burst of events of this name. Default
   * false: each counts.
   */
  readonly coalesce?: boolean | undefined;
}

/** What became of an event. */
export interface EmitResult {
  /** Its Lamport time. */
  readonly time: LamportTime;
}

/** The part of a node that is about user events. Guarantees: docs/MESSAGING.md. */
export interface EventApi {
  /**
   * Tells all members something, this node included. Resolves when it was told here and is on its way.
   *
   * @throws FolkmootError `ERR_EVENT_SIZE` if it is larger than `userEventBytesMax` encoded, or than a
   *   packet: nothing was sent. `ERR_OPTION` for a payload that its definition does not take.
   */
  emit<In>(
    event: EventDefinition<In, unknown>,
    payload: In,
    options?: EmitOptions,
  ): Promise<EmitResult>;
  emit(event: string, payload?: PayloadInput, options?: EmitOptions): Promise<EmitResult>;
  /**
   * Every user event from now on, each at most once, in the order in which this node heard of them.
   * Completes at shutdown.
   */
  readonly event$: Observable<UserEvent>;
  /** The events of one definition, decoded; what cannot be decoded is told on `invalid$`. */
  on<Out>(event: EventDefinition<never, Out>): Observable<UserEvent<Out>>;
  /**
   * Messages that were not told to those they are for, because a definition could not decode them or
   * the delegate `validateMessage` refused them. Counted in `stats()` too. Completes at shutdown.
   */
  readonly invalid$: Observable<InvalidMessage>;
}

export class Events {
  readonly #commander: Commander;
  readonly #inbox: Inbox;
  /** One stream for each definition, so that each event is decoded, and counted, once. */
  readonly #streams = new WeakMap<object, Observable<UserEvent<unknown>>>();

  constructor(commander: Commander, inbox: Inbox) {
    this.#commander = commander;
    this.#inbox = inbox;
  }

  async emit(
    event: EventDefinition<never, unknown> | string,
    payload: unknown,
    options: EmitOptions = {},
  ): Promise<EmitResult> {
    refuseUnknown('emit', options, ['coalesce', 'signal']);
    const { signal } = options;
    const coalesce = parseBoolean('coalesce', options.coalesce ?? false);
    const name = nameOf(event);
    const bytes =
      typeof event === 'string'
        ? payloadBytes(payload)
        : encodeFor<unknown>(`event ${name}`, event, payload);
    await this.#commander.admit('emit an event', signal);
    const command = { kind: 'user-event', name, payload: bytes, coalesce } as const;
    const { time } = await abortable(this.#commander.run(command), signal);
    return { time };
  }

  on<Out>(event: EventDefinition<never, Out>): Observable<UserEvent<Out>> {
    const known = this.#streams.get(event);
    // Put there below, for this very definition.
    if (known !== undefined) return known as Observable<UserEvent<Out>>;
    const stream = decodedEvents(this.#inbox.event$, event, ({ name, payload }, error) => {
      this.#inbox.undecodable({ kind: 'user-event', name, payload, from: undefined }, error);
    }).pipe(share());
    this.#streams.set(event, stream);
    return stream;
  }
}

function nameOf(event: unknown): string {
  if (typeof event === 'string') return event;
  const isDefinition = typeof event === 'object' && event !== null && 'kind' in event;
  if (isDefinition && event.kind === 'event' && 'name' in event && typeof event.name === 'string') {
    return event.name;
  }
  throw optionError('event', event, 'Give a name, or what defineEvent made.');
}
