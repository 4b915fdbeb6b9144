import { describe, expect, it } from 'vitest';

import type { Fact } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import { Outbox, notesPerTurnMax } from '../../../src/workers/outbox.ts';
import {
  factsPerTurnMax,
  messagesPerTurnMax,
  turnsUntakenMax,
} from '../../../src/workers/port-protocol.ts';
import type { Told, Turn } from '../../../src/workers/port-protocol.ts';

/** An outbox with its flushes in hand. */
class Bench {
  readonly turns: Turn[] = [];
  checkpoints = 0;
  #flush: (() => void) | undefined;
  #facts = 0;
  readonly outbox = new Outbox({
    post: (turn) => this.turns.push(turn),
    checkpoint: () => {
      this.checkpoints += 1;
      return { members: [] as Member[], memberTime: this.#facts, eventTime: 1, queryTime: 1 };
    },
    clocks: () => ({ memberTime: this.#facts, eventTime: 1, queryTime: 1 }),
    schedule: (flush) => {
      if (this.#flush !== undefined) throw new Error('a flush is already asked for');
      this.#flush = flush;
    },
  });

  /** Says `count` facts, numbered on. */
  say(count: number): void {
    for (let said = 0; said < count; said += 1) {
      this.#facts += 1;
      this.outbox.fact(factNumber(this.#facts));
    }
  }

  /** The event loop turns. */
  turn(): void {
    const flush = this.#flush;
    this.#flush = undefined;
    flush?.();
  }

  get told(): readonly number[] {
    return this.turns.flatMap(({ facts }) => facts.map(({ at }) => at));
  }
}

function factNumber(at: number): Fact {
  return { kind: 'node-forgotten', name: 'a', at, cause: { kind: 'consequence' } };
}

const progress = (from: string): Told => ({
  kind: 'query-progress',
  id: 1,
  from,
  payload: undefined,
});

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, i) => i + 1);

describe('the outbox of an engine', () => {
  it('tells what happened in one turn of the loop in one turn, facts before answers', () => {
    const bench = new Bench();
    bench.outbox.answered(7, { ok: true, value: { kind: 'set-tags' } });
    bench.say(3);
    expect(bench.turns).toHaveLength(0);
    bench.turn();
    bench.turn();
    expect(bench.turns).toHaveLength(1);
    expect(bench.turns[0]).toMatchObject({ number: 1, checkpoint: undefined });
    expect(bench.told).toEqual([1, 2, 3]);
    expect(bench.turns[0]?.answers.map(({ id }) => id)).toEqual([7]);
  });

  it('does not wait for the loop when a turn is full', () => {
    const bench = new Bench();
    bench.say(factsPerTurnMax + 1);
    expect(bench.told).toEqual(upTo(factsPerTurnMax));
    bench.turn();
    expect(bench.told).toEqual(upTo(factsPerTurnMax + 1));
  });

  it('fills turns while some are untaken, and loses nothing within the credit', () => {
    const bench = new Bench();
    // Two turns go out with one fact each; one full turn waits beyond the credit.
    const facts = 2 + (turnsUntakenMax - 1) * factsPerTurnMax;
    for (let said = 0; said < facts; said += 1) {
      bench.say(1);
      bench.turn();
    }
    expect(bench.turns).toHaveLength(turnsUntakenMax);
    for (let number = 1; number <= bench.turns.length; number += 1) bench.outbox.taken(number);
    expect(bench.told).toEqual(upTo(facts));
    expect(bench.checkpoints).toBe(0);
  });

  it('keeps one turn more than the credit, then nothing, and makes up for it with one checkpoint', () => {
    const bench = new Bench();
    const kept = (turnsUntakenMax + 1) * factsPerTurnMax;
    bench.say(kept);
    expect(bench.outbox.hasGap).toBe(false);
    bench.say(100_000);
    bench.turn();
    expect(bench.outbox.hasGap).toBe(true);
    expect(bench.turns).toHaveLength(turnsUntakenMax);
    expect(bench.checkpoints).toBe(0);

    // The main side wakes and works off what lies in the port.
    for (let number = 1; number <= turnsUntakenMax; number += 1) bench.outbox.taken(number);
    expect(bench.checkpoints).toBe(1);
    expect(bench.turns).toHaveLength(turnsUntakenMax + 1);
    expect(bench.turns.at(-1)).toMatchObject({
      facts: [],
      checkpoint: { memberTime: kept + 100_000 },
    });

    bench.outbox.taken(turnsUntakenMax + 1);
    bench.say(1);
    bench.turn();
    expect(bench.turns.at(-1)?.facts.map(({ at }) => at)).toEqual([kept + 100_001]);
    expect(bench.turns.at(-1)?.checkpoint).toBeUndefined();
  });

  it('holds an answer back until the checkpoint that covers its facts', () => {
    const bench = new Bench();
    bench.say((turnsUntakenMax + 1) * factsPerTurnMax + 1);
    bench.outbox.answered(1, { ok: true, value: { kind: 'set-tags' } });
    bench.turn();
    expect(bench.turns.flatMap(({ answers }) => answers)).toEqual([]);
    bench.outbox.taken(turnsUntakenMax);
    const last = bench.turns.at(-1);
    expect(last?.checkpoint).toBeDefined();
    expect(last?.answers.map(({ id }) => id)).toEqual([1]);
  });

  it('begins with a checkpoint when it is told to', () => {
    const bench = new Bench();
    bench.outbox.tellCheckpoint();
    bench.say(1);
    bench.turn();
    expect(bench.turns.map(({ checkpoint }) => checkpoint !== undefined)).toEqual([true, false]);
    expect(bench.told).toEqual([1]);
  });

  it('keeps a bounded number of notes and says how many it left out', () => {
    const bench = new Bench();
    for (let at = 0; at < notesPerTurnMax + 10; at += 1) {
      bench.outbox.note({ level: 'info', text: `note ${at}`, fields: {} });
    }
    bench.turn();
    const notes = bench.turns[0]?.notes ?? [];
    expect(notes).toHaveLength(notesPerTurnMax + 1);
    expect(notes.at(-1)).toMatchObject({ level: 'warn', fields: { count: 10 } });
  });

  it('remembers after which fact a message came', () => {
    const bench = new Bench();
    bench.say(2);
    bench.outbox.told(progress('x'));
    bench.say(1);
    bench.outbox.told(progress('y'));
    bench.turn();
    expect(bench.turns[0]?.messages).toEqual([
      { facts: 2, message: progress('x') },
      { facts: 3, message: progress('y') },
    ]);
  });

  it('keeps a bounded number of messages for a blocked main side, and says how many it left out', () => {
    const bench = new Bench();
    const kept = (turnsUntakenMax + 1) * messagesPerTurnMax;
    for (let at = 0; at < kept + 5; at += 1) bench.outbox.told(progress(String(at)));
    for (let number = 1; number <= turnsUntakenMax + 1; number += 1) bench.outbox.taken(number);
    const messages = bench.turns.flatMap((turn) => turn.messages);
    expect(messages.map(({ message }) => message)).toEqual(
      Array.from({ length: kept }, (_, at) => progress(String(at))),
    );
    expect(bench.turns.at(-1)?.notes).toMatchObject([{ level: 'warn', fields: { count: 5 } }]);
  });

  it('tells messages after the checkpoint that replaces the facts before them', () => {
    const bench = new Bench();
    bench.say((turnsUntakenMax + 1) * factsPerTurnMax);
    bench.outbox.told(progress('x'));
    bench.say(1);
    bench.outbox.taken(turnsUntakenMax);
    const last = bench.turns.at(-1);
    expect(last?.checkpoint).toBeDefined();
    expect(last?.messages).toEqual([{ facts: 0, message: progress('x') }]);
  });

  it('tells that the name was lost, once', () => {
    const bench = new Bench();
    bench.outbox.nameLost({ matching: 1, responses: 3 });
    bench.turn();
    bench.say(1);
    bench.turn();
    expect(bench.turns.map(({ nameLost }) => nameLost)).toEqual([
      { matching: 1, responses: 3 },
      undefined,
    ]);
  });

  it('is not confused by a turn taken twice, or one that never was', () => {
    const bench = new Bench();
    bench.say((turnsUntakenMax + 1) * factsPerTurnMax);
    bench.outbox.taken(1);
    bench.outbox.taken(1);
    bench.outbox.taken(1_000_000);
    bench.say(factsPerTurnMax * turnsUntakenMax);
    expect(bench.told).toEqual(upTo((2 * turnsUntakenMax + 1) * factsPerTurnMax));
    expect(bench.turns).toHaveLength(2 * turnsUntakenMax + 1);
  });
});
