import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../src/testing/event-queue.ts';

const at = (time: number) => ({ time, sequence: 0 });

describe('the event queue', () => {
  it('hands events out by time, and those of one instant in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const queue = new EventQueue<{ time: number; sequence: number; label: number }>(1_000);
        times.forEach((time, label) => queue.push({ ...at(time), label }));
        const expected = times
          .map((time, label) => ({ time, label }))
          .sort((a, b) => a.time - b.time || a.label - b.label);
        const taken = times.map(() => queue.pop());
        expect(taken.map((event) => [event?.time, event?.label])).toEqual(
          expected.map(({ time, label }) => [time, label]),
        );
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });

  it('stays ordered when events are put in between', () => {
    const queue = new EventQueue(10);
    queue.push(at(5));
    queue.push(at(1));
    expect(queue.pop()?.time).toBe(1);
    queue.push(at(3));
    expect(queue.nextTime).toBe(3);
    expect([queue.pop()?.time, queue.pop()?.time]).toEqual([3, 5]);
    expect(queue.nextTime).toBe(Infinity);
  });

  it('refuses more than it may hold', () => {
    const queue = new EventQueue(2);
    expect([queue.push(at(1)), queue.push(at(2)), queue.push(at(3))]).toEqual([true, true, false]);
    expect(queue.size).toBe(2);
  });
});
