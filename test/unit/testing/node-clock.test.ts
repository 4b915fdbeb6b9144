import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeClock, epochMs, quantise, timeQuantumMs } from '../../../src/testing/node-clock.ts';

describe('the clock of a simulated machine', () => {
  it('shows virtual time, off by its offset', () => {
    const clock = new NodeClock(250);
    expect(clock.read(0)).toBe(epochMs + 250);
    expect(clock.read(1_000.5)).toBe(epochMs + 1_250.5);
  });

  it('wakes at the first instant at which a deadline is reached, whatever its rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 100_000, noNaN: true }),
        (offsetMs, rate, inMs) => {
          const clock = new NodeClock(offsetMs);
          clock.setRate(rate, 0);
          const deadline = clock.read(0) + inMs;
          const time = clock.timeOf(deadline, 0);
          expect(clock.read(time)).toBeGreaterThanOrEqual(deadline);
          if (time === 0) return;
          const earlier = new NodeClock(offsetMs);
          earlier.setRate(rate, 0);
          expect(earlier.read(time - 2 * timeQuantumMs)).toBeLessThan(deadline);
        },
      ),
    );
  });

  it('jumps forward at once', () => {
    const clock = new NodeClock(0);
    const deadline = clock.read(0) + 10_000;
    expect(clock.timeOf(deadline, 0)).toBe(10_000);
    clock.jump(9_000, 500);
    expect(clock.timeOf(deadline, 500)).toBe(1_000);
  });

  it('stands still after a jump back until it has caught up', () => {
    const clock = new NodeClock(0);
    expect(clock.read(1_000)).toBe(epochMs + 1_000);
    clock.jump(-600, 1_000);
    expect(clock.read(1_500)).toBe(epochMs + 1_000);
    expect(clock.read(1_700)).toBe(epochMs + 1_100);
  });

  it('never wakes for what never comes', () => {
    expect(new NodeClock(0).timeOf(Infinity, 5)).toBe(Infinity);
  });
});

describe('virtual time', () => {
  it('is a multiple of its quantum, so that sums with a Unix time are exact', () => {
    expect(quantise(0.25)).toBe(0.25);
    expect(quantise(0.26) % timeQuantumMs).toBe(0);
    expect(epochMs + quantise(123.456) - epochMs).toBe(quantise(123.456));
  });
});
