import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { drawDelay } from '../../../src/testing/link.ts';
import { Network, linkRulesMax } from '../../../src/testing/network.ts';

const route = { from: 0, to: 1 };
const back = { from: 1, to: 0 };

function fates(network: Network, count = 2_000) {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => network.datagram(route, 100, random));
}

describe('the simulated network', () => {
  it('delivers everything once, within its delay, when nothing is wrong', () => {
    const network = new Network({ delay: { kind: 'uniform', minMs: 1, maxMs: 3 } });
    const travels = fates(network).map((fate) =>
      fate.kind === 'delivered' && fate.copyDelayMs === undefined ? fate.delayMs : NaN,
    );
    expect(Math.min(...travels)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...travels)).toBeLessThanOrEqual(3.1);
  });

  it('loses, doubles and holds back as often as it is told', () => {
    const network = new Network({
      lossRate: 0.3,
      duplicateRate: 0.2,
      reorderRate: 0.1,
      reorderMs: 50,
    });
    const all = fates(network, 10_000);
    const delivered = all.filter((fate) => fate.kind === 'delivered');
    expect(1 - delivered.length / all.length).toBeCloseTo(0.3, 1);
    const doubled = delivered.filter(({ copyDelayMs }) => copyDelayMs !== undefined);
    expect(doubled.length / delivered.length).toBeCloseTo(0.2, 1);
    const late = delivered.filter(({ delayMs }) => delayMs > 2);
    expect(late.length / delivered.length).toBeGreaterThan(0.07);
  });

  it('lets nothing pass in the direction of a one-way cut', () => {
    const network = new Network({});
    network.addRule({
      from: new Set([0]),
      to: new Set([1]),
      protocol: 'all',
      conditions: { isBlocked: true },
    });
    const random = seededRandom(1);
    expect(network.datagram(route, 10, random)).toEqual({ kind: 'lost', reason: 'cut' });
    expect(network.datagram(back, 10, random).kind).toBe('delivered');
    expect(network.flight(route, random)).toBeUndefined();
    expect(network.flight(back, random)).toBeGreaterThan(0);
  });

  it('cuts packets only, or streams only', () => {
    const network = new Network({});
    const conditions = { isBlocked: true };
    network.addRule({ from: undefined, to: new Set([1]), protocol: 'udp', conditions });
    const random = seededRandom(1);
    expect(network.datagram(route, 10, random).kind).toBe('lost');
    expect(network.flight(route, random)).toBeDefined();
    network.removeRules(() => true);
    network.addRule({ from: undefined, to: new Set([1]), protocol: 'tcp', conditions });
    expect(network.datagram(route, 10, random).kind).toBe('delivered');
    expect(network.flight(route, random)).toBeUndefined();
  });

  it('drops what is larger than the path carries', () => {
    const network = new Network({ datagramBytesMax: 1_000 });
    const random = seededRandom(1);
    expect(network.datagram(route, 1_001, random)).toEqual({ kind: 'lost', reason: 'mtu' });
    expect(network.datagram(route, 1_000, random).kind).toBe('delivered');
  });

  it('lets the latest rule win, and a node always reach itself', () => {
    const network = new Network({});
    const both = { from: undefined, to: undefined, protocol: 'all' } as const;
    network.addRule({ ...both, conditions: { isBlocked: true, lossRate: 1 } });
    network.addRule({ ...both, conditions: { isBlocked: false } });
    expect(network.between(route, 'udp')).toMatchObject({ isBlocked: false, lossRate: 1 });
    expect(network.between({ from: 1, to: 1 }, 'udp')).toMatchObject({ lossRate: 0 });
  });

  it('delays a stream when its segments are lost, and never breaks it', () => {
    const quiet = new Network({ delay: { kind: 'uniform', minMs: 1, maxMs: 1 } });
    const lossy = new Network({ ...quiet.conditions, lossRate: 0.5 });
    const random = seededRandom(3);
    const flights = Array.from({ length: 200 }, () => lossy.flight(route, random) as number);
    expect(quiet.flight(route, random)).toBe(1);
    expect(flights.filter((flightMs) => flightMs > 1).length).toBeGreaterThan(60);
    expect(Math.max(...flights)).toBeLessThan(60_000);
  });

  it('refuses more rules than it may hold', () => {
    const network = new Network({});
    const rule = { from: undefined, to: undefined, protocol: 'all', conditions: {} } as const;
    for (let count = 0; count < linkRulesMax; count += 1) network.addRule(rule);
    expect(network.addRule(rule)).toBeUndefined();
  });
});

describe('a delay', () => {
  it('has the tail that it says, cut off where it says', () => {
    const random = seededRandom(5);
    const delay = { kind: 'exponential', minMs: 10, tailMs: 20, maxMs: 100 } as const;
    const drawn = Array.from({ length: 5_000 }, () => drawDelay(delay, random));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(100.1);
    const mean = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length;
    expect(mean).toBeGreaterThan(27);
    expect(mean).toBeLessThan(32);
  });
});
