/** Tells the engine how long members that are gone are to be kept, if the user decides that one by one. */

import type { Observable } from 'rxjs';

import type { LocalNodeState } from '../machines/local-machine.ts';
import type { Member } from '../model/member.ts';
import type { MemberEvent } from '../streams/member-events.ts';
import type { Commander } from './pending-commands.ts';
import type { Delegates } from './delegates.ts';
import type { NodeLogger } from './logger.ts';

/** Members that the engine is being told about at once. */
const tellingMax = 32;

export interface GoneKeeperOptions {
  readonly reconnectTimeoutMs: NonNullable<Delegates['reconnectTimeoutMs']>;
  /** What holds for the failed, and for those that left. */
  readonly defaults: { readonly failedMs: number; readonly leftMs: number };
  readonly members: ReadonlyMap<string, Member>;
  readonly member$: Observable<MemberEvent>;
  readonly state$: Observable<LocalNodeState>;
  readonly commander: Commander;
  readonly log: NodeLogger;
}

/** Runs until its streams complete. */
export class GoneKeeper {
  readonly #options: GoneKeeperOptions;
  /** Names to tell of, each once: bounded by the members. */
  readonly #pending = new Set<string>();
  #telling = 0;

  constructor(options: GoneKeeperOptions) {
    this.#options = options;
    options.member$.subscribe((event) => {
      if (event.kind !== 'member-failed' && event.kind !== 'member-leave') return;
      for (const { name } of event.members) this.#pending.add(name);
      this.#tell();
    });
    let before: LocalNodeState = 'alive';
    options.state$.subscribe((state) => {
      if (before === 'restarting' && state === 'alive') this.#tellAll();
      before = state;
    });
  }

  /** A new engine knows nothing of what the last one was told. */
  #tellAll(): void {
    for (const { name } of this.#options.members.values()) this.#pending.add(name);
    this.#tell();
  }

  #tell(): void {
    for (const name of this.#pending) {
      if (this.#telling >= tellingMax) return;
      this.#pending.delete(name);
      const forMs = this.#keepMs(this.#options.members.get(name));
      if (forMs !== undefined) void this.#send(name, forMs); // Never rejects.
    }
  }

  async #send(name: string, forMs: number): Promise<void> {
    const { commander, log } = this.#options;
    this.#telling += 1;
    try {
      await commander.run({ kind: 'keep-gone', name, forMs });
    } catch (error) {
      log.debug({ name, err: error }, 'a member that is gone is kept for the usual time');
    } finally {
      this.#telling -= 1;
      this.#tell();
    }
  }

  /** What the user says. Told also if it is the default: something else may have been told before. */
  #keepMs(member: Member | undefined): number | undefined {
    const { defaults, reconnectTimeoutMs, log } = this.#options;
    if (member?.memberState !== 'failed' && member?.memberState !== 'left') return undefined;
    const defaultMs = member.memberState === 'failed' ? defaults.failedMs : defaults.leftMs;
    try {
      const forMs: unknown = reconnectTimeoutMs(member, defaultMs);
      if (typeof forMs === 'number' && forMs >= 0) return forMs;
      log.warn({ member: member.name, said: forMs }, 'reconnectTimeoutMs gave no duration');
    } catch (error) {
      log.warn({ member: member.name, err: error }, 'reconnectTimeoutMs threw');
    }
    return undefined;
  }
}
