/** What this node hears from others beside membership: validated, counted, and told to subscribers. */

import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';

import type { ReceivedEvent, ReceivedQuery } from '../core/output.ts';
import type { Address } from '../model/address.ts';
import type { NameConflicted } from '../model/fact.ts';
import type { UserEvent } from '../streams/user-events.ts';
import type { NodeLogger } from './logger.ts';

/** A message that was not told to those it is for. */
export interface InvalidMessage {
  readonly kind: 'user-event' | 'query' | 'query-response';
  readonly name: string;
  readonly payload: Uint8Array;
  /** Who sent it; `undefined` of user events, which do not say. */
  readonly from: string | undefined;
  /** `undecodable`: by the definition of its name; `refused`: by the delegate `validateMessage`. */
  readonly reason: 'undecodable' | 'refused';
  /** What the codec or the delegate threw, if it did. */
  readonly error: unknown;
}

/** A message as `validateMessage` gets it. */
export type MessageToValidate = Pick<InvalidMessage, 'kind' | 'name' | 'payload' | 'from'>;

/** Two nodes of one name: a claim for the name came from another address, and was not believed. */
export interface NameConflict {
  readonly name: string;
  /** Whether it is this node's name: then the members vote, and the loser is shut down. */
  readonly isLocal: boolean;
  /** The one that counts. */
  readonly existing: Address;
  readonly other: Address;
  readonly at: number;
}

/** What became of messages on the main thread. Counters never fall. */
export interface MessageStats {
  /** Payloads that a definition could not decode. */
  readonly messagesInvalid: number;
  /** Messages that `validateMessage` refused. */
  readonly messagesRefused: number;
  /** Answers that could not be given, because the handler threw or its answer could not be sent. */
  readonly answersFailed: number;
  /** Queries not answered because their time was over when the handler was to be called, or done. */
  readonly answersLate: number;
  /** Queries not answered because too many were being answered already. */
  readonly answersDropped: number;
}

export interface InboxOptions {
  readonly name: string;
  readonly log: NodeLogger;
  readonly validateMessage: ((message: MessageToValidate) => boolean) | undefined;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #event = new Subject<UserEvent>();
  readonly #query = new Subject<ReceivedQuery>();
  readonly #invalid = new Subject<InvalidMessage>();
  readonly #conflict = new Subject<NameConflict>();
  readonly #stats = {
    messagesInvalid: 0,
    messagesRefused: 0,
    answersFailed: 0,
    answersLate: 0,
    answersDropped: 0,
  };
  #life = 0;

  readonly event$: Observable<UserEvent> = this.#event.asObservable();
  readonly query$: Observable<ReceivedQuery> = this.#query.asObservable();
  readonly invalid$: Observable<InvalidMessage> = this.#invalid.asObservable();
  readonly conflict$: Observable<NameConflict> = this.#conflict.asObservable();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get stats(): MessageStats {
    return { ...this.#stats };
  }

  /** Which engine tells: the next one numbers its queries anew. */
  get life(): number {
    return this.#life;
  }

  lifeLost(): void {
    this.#life += 1;
  }

  userEvent(event: ReceivedEvent): void {
    const { name, payload } = event;
    if (this.isValid({ kind: 'user-event', name, payload, from: undefined })) {
      this.#event.next(event);
    }
  }

  query(query: ReceivedQuery): void {
    const { name, payload, from } = query;
    if (this.isValid({ kind: 'query', name, payload, from })) this.#query.next(query);
  }

  nameConflicted({ name, existing, other, at }: NameConflicted): void {
    const isLocal = name === this.#options.name;
    this.#conflict.next({ name, isLocal, existing, other, at });
  }

  /** Asks the delegate; what it refuses, or fails to judge, is counted and told on `invalid$`. */
  isValid(message: MessageToValidate): boolean {
    const { validateMessage } = this.#options;
    if (validateMessage === undefined) return true;
    let error: unknown;
    try {
      if (validateMessage(message)) return true;
    } catch (thrown) {
      error = thrown;
      this.#options.log.error({ err: thrown, name: message.name }, 'validateMessage threw');
    }
    this.#stats.messagesRefused += 1;
    this.#invalid.next({ ...message, reason: 'refused', error });
    return false;
  }

  undecodable(message: MessageToValidate, error: unknown): void {
    const { kind, name, from } = message;
    this.#stats.messagesInvalid += 1;
    this.#options.log.debug(
      { kind, name, from, err: error },
      'a payload does not fit its definition',
    );
    this.#invalid.next({ ...message, reason: 'undecodable', error });
  }

  count(what: 'answersFailed' | 'answersLate' | 'answersDropped'): void {
    this.#stats[what] += 1;
  }

  /** Completes all streams. */
  close(): void {
    for (const subject of [this.#event, this.#query, this.#invalid, this.#conflict]) {
      subject.complete();
    }
  }
}
