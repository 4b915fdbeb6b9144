import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tape, lengthBytes } from '../../../src/recorder/tape.ts';

/** What is on a tape, by its own lengths. */
function contents(tape: Tape): readonly string[] {
  const bytes = Buffer.concat(tape.pieces);
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + lengthBytes + bytes.readUInt32BE(at);
    found.push(bytes.toString('latin1', at + lengthBytes, end));
    at = end;
  }
  return found;
}

const sizes = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 140_000 }) },
);
const steps = fc.array(fc.oneof(sizes, fc.constant('drop' as const)), {
  maxLength: 200,
  size: 'max',
});

describe('a tape', () => {
  it('has what was put on it and not dropped since, in order, small or large', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const tape = new Tape();
        const model: string[] = [];
        for (const [index, step] of script.entries()) {
          if (step === 'drop') {
            tape.dropOldest();
            model.shift();
          } else {
            const bytes = Buffer.alloc(step, index);
            tape.append(bytes);
            model.push(bytes.toString('latin1'));
          }
          expect(tape.length).toBe(model.length);
        }
        expect(contents(tape)).toEqual(model);
        expect(tape.bytes).toBe(Buffer.concat(tape.pieces).length);
      }),
      { numRuns: 50, seed: 20_250_601 },
    );
  });

  it('holds no more memory than a block beside what is on it', () => {
    const tape = new Tape();
    for (let count = 0; count < 100_000; count += 1) {
      tape.append(Uint8Array.of(1, 2, 3));
      if (count >= 10) tape.dropOldest();
    }
    const held = new Set(tape.pieces.map(({ buffer }) => buffer));
    expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(200_000);
  });
});
