import { describe, expect, it } from 'vitest';
import { Awareness } from '../../../src/core/awareness.ts';
import {
  pushPullIntervalMs,
  queryTimeoutMs,
  retransmitLimit,
  suspicionLengthMs,
  suspicionTimeoutMs,
} from '../../../src/core/scaling.ts';

describe('the retransmit limit', () => {
  it('grows with the decimal logarithm of the cluster', () => {
    expect(retransmitLimit(3, 0)).toBe(0);
    expect(retransmitLimit(3, 1)).toBe(3);
    expect(retransmitLimit(3, 99)).toBe(6);
    expect(retransmitLimit(4, 1000)).toBe(16);
  });
});

describe('the suspicion timeout', () => {
  it('is 1.0, 1.698, 2.0, 2.698 and 3.0 times its factors at 5, 50, 100, 500 and 1,000 nodes', () => {
    const factors = [5, 50, 100, 500, 1000].map((nodes) => suspicionTimeoutMs(3, nodes, 1000));
    expect(factors).toEqual([3000, 5094, 6000, 8094, 9000]);
  });

  it('falls from its maximum to its minimum along a logarithm as confirmations come in', () => {
    const range = { minMs: 2000, maxMs: 30_000 };
    const lengths = [0, 1, 2, 3, 4].map((count) => suspicionLengthMs(count, 3, range));
    expect(lengths).toEqual([30_000, 16_000, 7810, 2000, 2000]);
  });

  it('is the minimum at once when there are too few others to confirm', () => {
    expect(suspicionLengthMs(0, 0, { minMs: 2000, maxMs: 30_000 })).toBe(2000);
  });
});

describe('the push/pull interval', () => {
  it('stays to 32 nodes, doubles to 64, triples to 128', () => {
    const intervals = [0, 32, 33, 64, 65, 128].map((nodes) => pushPullIntervalMs(1000, nodes));
    expect(intervals).toEqual([1000, 1000, 2000, 2000, 3000, 3000]);
  });
});

describe('the default query timeout', () => {
  it('is 16 gossip intervals for a lone node and grows with the logarithm', () => {
    const timeouts = [1, 9, 10, 99, 100].map((nodes) => queryTimeoutMs(200, 16, nodes));
    expect(timeouts).toEqual([3200, 3200, 6400, 6400, 9600]);
  });
});

describe('awareness', () => {
  it('stays within 0 and one below its maximum, and scales by one more than its score', () => {
    const awareness = new Awareness(8);
    const deltas = [0, -1, -10, 1, -1, 10, -1, -1, -1, -1, -1, -1, -1, -1];
    const scores = deltas.map((delta) => {
      awareness.apply(delta);
      return awareness.score;
    });
    expect(scores).toEqual([0, 0, 0, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
    awareness.apply(2);
    expect(awareness.scale(1000)).toBe(3000);
  });
});
