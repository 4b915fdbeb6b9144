/** Finding back in the background: one remembered member after the other, until one can be joined. */

import type { JoinTarget } from '../core/input.ts';
import type { CommandResult, Note } from '../core/output.ts';
import { formatAddress } from '../model/address.ts';

/** The number of the commands here. Those of users are positive. */
export const rejoinCommand = -1;

/** How often all are tried at most, where the own name is still taken. */
export const rejoinRoundsMax = 10;

/** From the end of a round to the next, as Serf waits between attempts to reach a failed member. */
export const rejoinRetryMs = 30_000;

export interface RejoinOptions {
  /** Whom to try, in this order. */
  readonly targets: readonly JoinTarget[];
  /** Exchanges states with one of them; what becomes of it is told to {@link Rejoin.answered}. */
  join(target: JoinTarget): void;
  now(): number;
  note(note: Note): void;
}

export class Rejoin {
  readonly #options: RejoinOptions;
  #round = 0;
  #tried = 0;
  #isNameTaken = false;
  #deadline = Infinity;

  constructor(options: RejoinOptions) {
    this.#options = options;
  }

  /** When to call {@link expire}; `Infinity`: never. */
  get deadline(): number {
    return this.#deadline;
  }

  begin(): void {
    this.#round += 1;
    this.#tried = 0;
    this.#isNameTaken = false;
    if (this.#options.targets.length > 0) this.#tryNext();
  }

  /** A node that leaves is refused, and looks for nobody any more. */
  answered(result: CommandResult): void {
    const target = this.#options.targets[this.#tried - 1];
    if (target === undefined || !result.ok || result.value.kind !== 'join') return;
    const { joined, failures } = result.value;
    if (joined.length > 0) return this.#note('info', 're-joined to previously known node', target);
    for (const { reason, text } of failures) {
      const fields = { reason, text };
      this.#note('debug', 'a previously known node could not be joined', target, fields);
      this.#isNameTaken ||= reason === 'name-taken';
    }
    return this.#tryNext();
  }

  expire(now: number): void {
    if (now < this.#deadline) return;
    this.#deadline = Infinity;
    this.begin();
  }

  #tryNext(): void {
    const { targets } = this.#options;
    const target = targets[this.#tried];
    if (target === undefined) return this.#giveUp();
    this.#tried += 1;
    this.#note('info', 'attempting re-join to previously known node', target);
    return this.#options.join(target);
  }

  /**
   * As Serf, for good; but not where a member of the own name is in the way. That is most often the
   * earlier life of this node at another address, which the others will find failed soon.
   */
  #giveUp(): void {
    const mayRetry = this.#isNameTaken && this.#round < rejoinRoundsMax;
    if (mayRetry) this.#deadline = this.#options.now() + rejoinRetryMs;
    this.#options.note({
      level: 'warn',
      text: 'failed to re-join any previously known node',
      fields: { tried: this.#tried, ...(mayRetry && { retryMs: rejoinRetryMs }) },
    });
  }

  #note(level: Note['level'], text: string, target: JoinTarget, more: Note['fields'] = {}): void {
    const address = formatAddress(target);
    this.#options.note({ level, text, fields: { name: target.name, address, ...more } });
  }
}
