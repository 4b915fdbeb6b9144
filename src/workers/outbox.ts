/**
 * What an engine says, gathered into turns. A main side that does not take its turns costs a bounded
 * amount: when its credit and one more turn are full, facts are no longer kept, and as soon as it takes
 * something again a checkpoint replaces them. That is O(members), however long it was blocked.
 */

import type { Checkpoint } from '../core/options.ts';
import type { CommandResult, Note } from '../core/output.ts';
import type { Fact } from '../model/fact.ts';
import { factsPerTurnMax, messagesPerTurnMax, turnsUntakenMax } from './port-protocol.ts';
import type { Answer, Clocks, Told, ToldAfter, Turn } from './port-protocol.ts';

/** Notes in one turn; what comes beyond is counted and said in one note. */
export const notesPerTurnMax = 64;

/** While this many turns are untaken, facts wait to fill a turn: that stretches the credit. */
const turnsUntakenEager = 2;

export interface OutboxOptions {
  post(turn: Turn): void;
  checkpoint(): Checkpoint;
  clocks(): Clocks;
  /** Runs `flush` soon, once what is happening now is over; at most one is asked for at a time. */
  schedule(flush: () => void): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  #facts: Fact[] = [];
  #messages: ToldAfter[] = [];
  #messagesDropped = 0;
  #answers: Answer[] = [];
  #notes: Note[] = [];
  #notesDropped = 0;
  #nameLost: Turn['nameLost'];
  /** Facts were left out, or nothing was told yet: the next turn begins with a checkpoint. */
  #hasGap = false;
  #lastTurn = 0;
  #lastTaken = 0;
  #isScheduled = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether facts were left out and the checkpoint that replaces them is still to come. */
  get hasGap(): boolean {
    return this.#hasGap;
  }

  /** Tells all that is known, at once. */
  tellCheckpoint(): void {
    this.#hasGap = true;
    this.#forgetFacts();
    this.#post();
  }

  fact(fact: Fact): void {
    if (this.#hasGap) return;
    if (this.#facts.length < factsPerTurnMax) {
      this.#facts.push(fact);
      if (this.#facts.length < factsPerTurnMax) this.#schedule();
      else if (this.#hasCredit()) this.#post();
      return;
    }
    // The turn is full and could not be sent: the main side is blocked.
    this.#hasGap = true;
    this.#forgetFacts();
  }

  /** Told after the facts before it. A main side that is blocked for too long misses the latest. */
  told(message: Told): void {
    if (this.#messages.length >= messagesPerTurnMax && this.#hasCredit()) this.#post();
    if (this.#messages.length >= messagesPerTurnMax) {
      this.#messagesDropped += 1;
      return;
    }
    this.#messages.push({ facts: this.#facts.length, message });
    this.#schedule();
  }

  /** Told after all facts that came before it. As many as there are questions, so bounded by those. */
  answered(id: number, result: CommandResult): void {
    this.#answers.push({ id, result });
    this.#schedule();
  }

  note(note: Note): void {
    if (this.#notes.length >= notesPerTurnMax) this.#notesDropped += 1;
    else this.#notes.push(note);
    this.#schedule();
  }

  nameLost(vote: NonNullable<Turn['nameLost']>): void {
    this.#nameLost = vote;
    this.#schedule();
  }

  /** The main side has worked off everything up to that turn. */
  taken(turn: number): void {
    this.#lastTaken = Math.max(this.#lastTaken, Math.min(turn, this.#lastTurn));
    this.flush();
  }

  /** Sends what there is, as far as the credit goes. */
  flush(): void {
    if (!this.#isEmpty() && this.#hasCredit() && this.#isWorthATurn()) this.#post();
  }

  #forgetFacts(): void {
    this.#facts = [];
    this.#messages = this.#messages.map(({ message }) => ({ facts: 0, message }));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.schedule(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  #isEmpty(): boolean {
    return (
      !this.#hasGap &&
      this.#facts.length === 0 &&
      this.#messages.length === 0 &&
      this.#answers.length === 0 &&
      this.#notes.length === 0 &&
      this.#nameLost === undefined
    );
  }

  #hasCredit(): boolean {
    return this.#lastTurn - this.#lastTaken < turnsUntakenMax;
  }

  #isWorthATurn(): boolean {
    const untaken = this.#lastTurn - this.#lastTaken;
    return (
      untaken < turnsUntakenEager ||
      this.#facts.length >= factsPerTurnMax ||
      this.#messages.length >= messagesPerTurnMax
    );
  }

  #post(): void {
    this.#lastTurn += 1;
    if (this.#notesDropped > 0) this.#notes.push(droppedNote('notes', this.#notesDropped));
    if (this.#messagesDropped > 0) {
      this.#notes.push(droppedNote('messages', this.#messagesDropped));
    }
    const turn: Turn = {
      kind: 'turn',
      number: this.#lastTurn,
      checkpoint: this.#hasGap ? this.#options.checkpoint() : undefined,
      facts: this.#facts,
      messages: this.#messages,
      clocks: this.#options.clocks(),
      answers: this.#answers,
      notes: this.#notes,
      nameLost: this.#nameLost,
    };
    this.#hasGap = false;
    this.#facts = [];
    this.#messages = [];
    this.#messagesDropped = 0;
    this.#answers = [];
    this.#notes = [];
    this.#notesDropped = 0;
    this.#nameLost = undefined;
    this.#options.post(turn);
  }
}

function droppedNote(what: 'notes' | 'messages', count: number): Note {
  return {
    level: 'warn',
    text: `some ${what} were left out, because the main thread did not take them in time`,
    fields: { count },
  };
}
