/** The commands that a simulated node was given, until they are answered. */

import type { Command } from '../core/input.ts';
import type { CommandResult } from '../core/output.ts';

/** A command that was given to a node. */
export interface PendingCommand {
  /** What the engine knows it by. */
  readonly id: number;
  readonly command: Command;
  /** How it ended; `undefined` as long as it has not. */
  readonly result: CommandResult | undefined;
}

interface OpenCommand {
  readonly id: number;
  readonly command: Command;
  result: CommandResult | undefined;
  readonly done: (() => void) | undefined;
}

export class CommandTable {
  readonly #open = new Map<number, OpenCommand>();
  #last = 0;

  /** Registers a command; `done` is for when it was answered. */
  add(command: Command, done: (() => void) | undefined): PendingCommand {
    const id = ++this.#last;
    const pending: OpenCommand = { id, command, result: undefined, done };
    this.#open.set(id, pending);
    return pending;
  }

  /** Notes the result; `undefined`: no such command is open. */
  answer(id: number, result: CommandResult): OpenCommand | undefined {
    const pending = this.#open.get(id);
    this.#open.delete(id);
    if (pending !== undefined) pending.result = result;
    return pending;
  }

  /** The process is gone: nobody will answer. */
  clear(): void {
    this.#open.clear();
  }
}
