/** Takes in what the runtime tells, and keeps what the main thread knows: view, journal, lifecycle. */

import type { Consultation, Verdict } from '../core/consults.ts';
import type { Checkpoint } from '../core/options.ts';
import type { Note, ReceivedEvent, ReceivedQuery } from '../core/output.ts';
import { Journal } from '../journal/journal.ts';
import { FolkmootError } from '../model/error.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { MemberView } from '../streams/member-view.ts';
import type { RuntimeListener } from '../workers/runtime.ts';
import { judge } from './delegates.ts';
import type { Delegates } from './delegates.ts';
import type { Inbox } from './inbox.ts';
import { Lifecycle } from './lifecycle.ts';
import type { NodeLogger } from './logger.ts';

export interface ProjectionOptions {
  readonly name: string;
  readonly journalEntriesMax: number;
  readonly log: NodeLogger;
  readonly inbox: Inbox;
  readonly delegates: Delegates;
}

export class Projection implements RuntimeListener {
  readonly view: MemberView;
  readonly journal: Journal;
  readonly lifecycle = new Lifecycle();
  /** Resolves when this node is in its own view. */
  readonly arrived: Promise<void>;
  readonly #name: string;
  readonly #log: NodeLogger;
  readonly #inbox: Inbox;
  readonly #delegates: Delegates;
  #arrive: () => void = () => undefined;
  #local: Member | undefined;

  constructor({ name, journalEntriesMax, log, inbox, delegates }: ProjectionOptions) {
    this.#name = name;
    this.#log = log;
    this.#inbox = inbox;
    this.#delegates = delegates;
    this.journal = new Journal({ journalEntriesMax });
    this.view = new MemberView({ journal: this.journal });
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }

  /** This node as last known: also when its own record was pruned. `undefined` before it arrived. */
  get local(): Member | undefined {
    return this.view.members.get(this.#name) ?? this.#local;
  }

  facts(facts: readonly Fact[]): void {
    this.view.apply(facts);
    this.#rememberLocal();
    for (const fact of facts) {
      if (fact.kind === 'name-conflicted') this.#inbox.nameConflicted(fact);
    }
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.view.reset(checkpoint, Date.now());
    this.#rememberLocal();
  }

  userEvent(event: ReceivedEvent): void {
    this.#inbox.userEvent(event);
  }

  query(query: ReceivedQuery): void {
    this.#inbox.query(query);
  }

  consult(consultation: Consultation): Promise<Verdict> {
    return judge(this.#delegates, consultation, this.#log);
  }

  note({ level, fields, text }: Note): void {
    this.#log[level](fields, text);
  }

  nameLost({
    matching,
    responses,
  }: {
    readonly matching: number;
    readonly responses: number;
  }): void {
    const name = this.#name;
    const message = `Another node is called ${name}, and ${responses - matching} of ${responses} members that answered take it for the right one. Give this node another name.`;
    const error = new FolkmootError('ERR_NAME_CONFLICT', message, { name, matching, responses });
    this.#log.error({ name, matching, responses }, 'lost the name to another node');
    this.lifecycle.fail('name-lost', error);
  }

  supervision(event: Parameters<RuntimeListener['supervision']>[0]): void {
    const { restarts, reason } = event;
    switch (event.kind) {
      case 'lost':
        this.#log.warn({ restarts, reason }, 'the worker thread died and is being restarted');
        this.#inbox.lifeLost();
        this.lifecycle.send({ type: 'worker-lost' });
        return;
      case 'restored':
        this.#log.info({ restarts }, 'the worker thread is back');
        this.lifecycle.send({ type: 'worker-restored' });
        return;
      case 'given-up': {
        const message = `The worker thread of the node died after ${restarts} restarts: ${reason}. The node is shut down; create a new one.`;
        this.#log.error({ restarts, reason }, 'the worker thread died too often');
        this.lifecycle.fail(
          'worker-given-up',
          new FolkmootError('ERR_WORKER', message, { restarts }),
        );
        return;
      }
      default:
        event.kind satisfies never;
    }
  }

  #rememberLocal(): void {
    const local = this.view.members.get(this.#name);
    if (local === undefined) return;
    this.#local = local;
    this.#arrive();
  }
}
