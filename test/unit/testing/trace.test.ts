import { describe, expect, it } from 'vitest';
import { Trace } from '../../../src/testing/trace.ts';
import { failureTraceLines } from '../../../src/testing/simulation-error.ts';

describe('a trace', () => {
  it('is readable: time, node, what happened, details', () => {
    const trace = new Trace('full');
    trace.add(1203.25, 'n3', 'send', '-> n7 (312 B)');
    expect(trace.lines()).toEqual(['    1203.250  n3       send      -> n7 (312 B)']);
  });

  it('has a hash of everything, but keeps only the last lines when told so', () => {
    const hashed = new Trace('hash');
    const full = new Trace('full');
    for (let index = 0; index < 100; index += 1) {
      hashed.add(index, 'n1', 'send', `${index}`);
      full.add(index, 'n1', 'send', `${index}`);
    }
    expect(hashed.hash()).toBe(full.hash());
    expect(full.lines()).toHaveLength(100);
    expect(hashed.lines()).toEqual(full.lines(failureTraceLines));
  });

  it('does not hash remarks', () => {
    const [plain, remarked] = [new Trace('hash'), new Trace('hash')];
    remarked.remark(0, 'n1', 'reworded');
    expect(remarked.hash()).toBe(plain.hash());
    expect(remarked.lines()).toHaveLength(1);
  });

  it('costs nothing when it is off', () => {
    const trace = new Trace('off');
    trace.add(0, 'n1', 'send', '');
    expect(trace.isOn).toBe(false);
    expect(trace.count).toBe(0);
    expect(trace.lines()).toEqual([]);
  });
});
