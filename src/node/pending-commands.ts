/** Commands under way: what they wait for, and what ends them when the node ends first. */

import type { Command } from '../core/input.ts';
import type { CommandValue } from '../core/output.ts';
import type { FolkmootError } from '../model/error.ts';
import type { Runtime } from '../workers/runtime.ts';

export class PendingCommands {
  readonly #runtime: Runtime;
  readonly #rejects = new Set<(error: FolkmootError) => void>();
  #isReferenced = true;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Runs a command, which keeps the process alive until it is answered. */
  async run<K extends Command['kind']>(
    command: Extract<Command, { kind: K }> & { readonly kind: K },
  ): Promise<Extract<CommandValue, { kind: K }>> {
    let forget = (): void => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      this.#rejects.add(reject);
      forget = () => this.#rejects.delete(reject);
    });
    this.#runtime.ref();
    try {
      const value = await Promise.race([this.#runtime.command(command), ended]);
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
