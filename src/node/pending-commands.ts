/** Commands: when they may begin, what they wait for, and what ends them when the node ends first. */

import type { Command } from '../core/input.ts';
import type { CommandValue } from '../core/output.ts';
import type { FolkmootError } from '../model/error.ts';
import type { CommandListener, Runtime } from '../workers/runtime.ts';
import { abortable } from './abort.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What the parts of a node need in order to have commands run. */
export type Commander = Pick<PendingCommands, 'admit' | 'run'>;

export class PendingCommands {
  readonly #runtime: Runtime;
  readonly #lifecycle: Lifecycle;
  readonly #rejects = new Set<(error: FolkmootError) => void>();
  #isReferenced = true;

  constructor(runtime: Runtime, lifecycle: Lifecycle) {
    this.#runtime = runtime;
    this.#lifecycle = lifecycle;
  }

  /**
   * Resolves when the node can take a command; while its thread is being restarted, that waits.
   *
   * @throws FolkmootError the error that ended the node, or `ERR_STATE`; the signal's reason.
   */
  async admit(what: string, signal: AbortSignal | undefined): Promise<void> {
    const lifecycle = this.#lifecycle;
    signal?.throwIfAborted();
    lifecycle.demandAlive(what);
    if (lifecycle.state === 'alive') return;
    await abortable(lifecycle.settled(), signal);
    lifecycle.demandAlive(what);
  }

  /** Runs a command, which keeps the process alive until it is answered. */
  async run<K extends Command['kind']>(
    command: Extract<Command, { kind: K }> & { readonly kind: K },
    listener?: CommandListener,
  ): Promise<Extract<CommandValue, { kind: K }>> {
    let forget = (): void => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      this.#rejects.add(reject);
      forget = () => this.#rejects.delete(reject);
    });
    this.#runtime.ref();
    try {
      const value = await Promise.race([this.#runtime.command(command, listener), ended]);
      if (isOfKind(value, command.kind)) return value;
      throw new Error(`the runtime answered ${command.kind} with ${value.kind}`);
    } finally {
      forget();
      this.#settle();
    }
  }

  /** Rejects everything under way. */
  rejectAll(error: FolkmootError): void {
    for (const reject of this.#rejects) reject(error);
  }

  /** Whether the runtime keeps the process alive between commands. */
  reference(isReferenced: boolean): void {
    this.#isReferenced = isReferenced;
    if (isReferenced) this.#runtime.ref();
    else this.#settle();
  }

  #settle(): void {
    if (this.#rejects.size === 0 && !this.#isReferenced) this.#runtime.unref();
  }
}

function isOfKind<K extends CommandValue['kind']>(
  value: CommandValue,
  kind: K,
): value is Extract<CommandValue, { kind: K }> {
  return value.kind === kind;
}
