/** The facts of late, in order and bounded; with a base, so that base and entries are the view now. */

import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';

/** Facts kept by default: some megabytes, and an hour or more of a lively cluster. */
export const journalEntriesMaxDefault = 10_000;

/** A fact and its place: 1 for the first ever, no gaps. */
export interface JournalEntry {
  readonly index: number;
  readonly fact: Fact;
}

export interface JournalOptions {
  /** Facts kept; the oldest make way, and are folded into the base. At least 1. */
  readonly journalEntriesMax?: number;
}

/**
 * Keeps what happened. `replay()` equals folding every fact ever appended, although only the latest
 * are kept: what is dropped has been folded into the base before.
 */
export class Journal {
  readonly #entriesMax: number;
  /** A ring once it is full: the oldest entry is at `#oldest`. */
  readonly #ring: JournalEntry[] = [];
  #oldest = 0;
  #lastIndex = 0;
  #baseAt: number | undefined;
  readonly #base: Members = new Map();

  constructor(options: JournalOptions = {}) {
    this.#entriesMax = Math.max(1, options.journalEntriesMax ?? journalEntriesMaxDefault);
  }

  /** Index of the latest entry; 0 before the first. */
  get lastIndex(): number {
    return this.#lastIndex;
  }

  /** How many facts it keeps. */
  get entriesMax(): number {
    return this.#entriesMax;
  }

  /**
   * The time of the latest fact that is in the base only: how far back {@link Journal.at} reaches.
   * `undefined` as long as every fact is kept.
   */
  get baseAt(): number | undefined {
    return this.#baseAt;
  }

  /** The members as they were before the oldest entry. */
  get base(): ReadonlyMap<string, Member> {
    return this.#base;
  }

  /** All entries kept, oldest first. A copy. */
  get entries(): readonly JournalEntry[] {
    return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
  }

  append(fact: Fact): JournalEntry {
    this.#lastIndex += 1;
    const entry: JournalEntry = { index: this.#lastIndex, fact };
    const dropped = this.#ring.length === this.#entriesMax ? this.#ring[this.#oldest] : undefined;
    if (dropped === undefined) {
      this.#ring.push(entry);
    } else {
      evolve(this.#base, dropped.fact);
      this.#baseAt = Math.max(this.#baseAt ?? -Infinity, dropped.fact.at);
      this.#ring[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % this.#entriesMax;
    }
    return entry;
  }

  /**
   * The entries after `index`, oldest first. If the first of them is not `index + 1`, those between
   * were dropped.
   */
  since(index: number): readonly JournalEntry[] {
    const wanted = Math.min(this.#ring.length, Math.max(0, this.#lastIndex - index));
    return this.entries.slice(this.#ring.length - wanted);
  }

  /** The entries about one node, oldest first. */
  about(name: string): readonly JournalEntry[] {
    return this.entries.filter((entry) => entry.fact.name === name);
  }

  /** The members right after entry `index` (the latest by default), as a new map. */
  replay(index = this.#lastIndex): Members {
    const wanted = this.entries.filter((entry) => entry.index <= index);
    return replay(wanted, this.#base.values());
  }

  /**
   * The members by all that had happened at `time` (Unix epoch ms, not before {@link Journal.baseAt}),
   * as a new map. What was missed and told later, by a checkpoint, counts from when it happened.
   */
  at(time: number): Members {
    const wanted = this.entries.filter(({ fact }) => fact.at <= time);
    return replay(wanted, this.#base.values());
  }
}

/** Folds entries over what was known before them. */
export function replay(
  entries: Iterable<JournalEntry>,
  checkpointMembers: Iterable<Member> = [],
): Members {
  const members: Members = new Map();
  for (const member of checkpointMembers) members.set(member.name, member);
  for (const { fact } of entries) evolve(members, fact);
  return members;
}
