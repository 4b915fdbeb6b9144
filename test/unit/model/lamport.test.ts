import { describe, expect, it } from 'vitest';
import { LamportClock, lamportJumpMax } from '../../../src/model/lamport.ts';

describe('a Lamport clock', () => {
  it('starts at 0 and counts on from where it is', () => {
    const clock = new LamportClock();
    expect(clock.time).toBe(0);
    expect(clock.increment()).toBe(1);
    expect(clock.increment()).toBe(2);
    expect(new LamportClock(7).increment()).toBe(8);
  });

  it('is later than anything it has witnessed', () => {
    const clock = new LamportClock(5);
    clock.witness(41);
    expect(clock.time).toBe(42);
  });

  it('moves on for a time equal to its own', () => {
    const clock = new LamportClock(5);
    clock.witness(5);
    expect(clock.time).toBe(6);
  });

  it('never goes back', () => {
    const clock = new LamportClock(5);
    clock.witness(3);
    expect(clock.time).toBe(5);
  });

  it('does not accept a jump that would wedge it', () => {
    const clock = new LamportClock(5);
    expect(clock.accepts(5 + lamportJumpMax)).toBe(true);
    expect(clock.accepts(6 + lamportJumpMax)).toBe(false);
    expect(clock.accepts(2n ** 63n)).toBe(false);
    expect(clock.accepts(0)).toBe(true);
  });
});
