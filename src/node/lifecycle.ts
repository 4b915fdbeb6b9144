/** The life of the local node: a running actor of the local machine, and what users see of it. */

import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { createActor } from 'xstate';

import { localNodeMachine } from '../machines/local-machine.ts';
import type { LocalNodeEvent, LocalNodeState } from '../machines/local-machine.ts';
import { FolkmootError } from '../model/error.ts';

export class Lifecycle {
  readonly #actor = createActor(localNodeMachine);
  readonly #state = new BehaviorSubject<LocalNodeState>('starting');
  #error: FolkmootError | undefined;
  #hasLeft = false;

  constructor() {
    this.#actor.subscribe(({ value }) => {
      this.#hasLeft ||= value === 'left';
      if (value !== this.#state.value) this.#state.next(value);
      if (value === 'shutdown') this.#state.complete();
    });
    this.#actor.start();
  }

  get state(): LocalNodeState {
    return this.#state.value;
  }

  get state$(): Observable<LocalNodeState> {
    return this.#state.asObservable();
  }

  /** Whether a leave was told to the others, shut down since or not. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Why the node could not go on; `undefined` if it can, or was shut down by its user. */
  get error(): FolkmootError | undefined {
    return this.#error;
  }

  /** Sends an event, unless the life is over. */
  send(event: LocalNodeEvent): void {
    if (this.state !== 'shutdown') this.#actor.send(event);
  }

  /** The end that nobody asked for. The first one counts. */
  fail(type: 'name-lost' | 'worker-given-up', error: FolkmootError): void {
    if (this.state === 'shutdown') return;
    this.#error = error;
    this.#actor.send({ type, detail: error.message });
  }

  /** Resolves when no restart of the thread is under way; it may be shut down by then. */
  async settled(): Promise<void> {
    await firstValueFrom(
      this.#state.pipe(filter((state) => state !== 'restarting')),
      // Completed: it is shut down.
      { defaultValue: undefined },
    );
  }

  /**
   * Refuses a command in a state that has no use for it.
   *
   * @throws FolkmootError the error that ended the node, or `ERR_STATE`.
   */
  demandAlive(command: string): void {
    if (this.state === 'alive' || this.state === 'restarting') return;
    throw this.#error ?? this.refusal(command);
  }

  refusal(command: string): FolkmootError {
    const { state } = this;
    const message = `Cannot ${command}: ${stateTexts[state]}. Create a new node to come back.`;
    return new FolkmootError('ERR_STATE', message, { state });
  }
}

const stateTexts: Readonly<Record<LocalNodeState, string>> = {
  starting: 'the node is not up yet',
  alive: 'the node is alive',
  leaving: 'the node is leaving the cluster',
  left: 'the node has left the cluster',
  restarting: 'the thread of the node is being restarted',
  shutdown: 'the node is shut down',
};
