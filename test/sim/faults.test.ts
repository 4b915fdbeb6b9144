/** Pauses, cuts and wrong clocks: what must come of them, told as stories and run under a few seeds. */

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/testing/index.ts';
import { boot, converged, minuteMs, never, sees, story, tell } from './stories.ts';

describe('a pause', () => {
  const pause = (forMs: number): Operation[] => [
    ...boot(8),
    { kind: 'mark' },
    { kind: 'pause', node: 'n5', forMs },
    { kind: 'run', forMs },
    converged(30_000),
    { kind: 'run', forMs: 30_000 },
  ];

  it('shorter than the suspicion is refuted, and nobody ever fails', () => {
    expect(story('short pause', [...pause(3_000), never('member-failed')])).toSurvive();
  });

  it('makes the paused node itself suspect nobody', () => {
    const reports = tell(story('long pause', pause(20_000)));
    for (const { simulation } of reports) {
      expect(simulation.node('n5').eventCount('member-failed')).toBe(0);
    }
  });

  it('over and over hurts nobody else', () => {
    const again: Operation[] = Array.from({ length: 6 }, () => [
      { kind: 'pause', node: 'n5', forMs: 2_500 } as const,
      { kind: 'run', forMs: 5_000 } as const,
    ]).flat();
    expect(
      story('hiccups', [
        ...boot(8),
        { kind: 'mark' },
        ...again,
        converged(30_000),
        never('member-failed'),
      ]),
    ).toSurvive();
  });

  it('of half the cluster at once ends where it began', () => {
    expect(
      story('a stalled hypervisor', [
        ...boot(8),
        ...['n1', 'n2', 'n3', 'n4'].map(
          (node) => ({ kind: 'pause', node, forMs: 15_000 }) as const,
        ),
        { kind: 'run', forMs: 15_000 },
        converged(3 * minuteMs),
      ]),
    ).toSurvive();
  });
});

describe('a cut', () => {
  it('of packets only is bridged by streams: nobody fails', () => {
    expect(
      story('no UDP between two', [
        ...boot(6),
        { kind: 'mark' },
        { kind: 'cut', from: ['n1'], to: ['n2'], protocol: 'udp' },
        { kind: 'run', forMs: 2 * minuteMs },
        never('member-failed'),
        converged(10_000),
      ]),
    ).toSurvive();
  });

  it('in one direction between two nodes is bridged by the others: nobody fails', () => {
    expect(
      story('one way', [
        ...boot(6),
        { kind: 'mark' },
        { kind: 'cut', from: ['n1'], to: ['n2'], isOneWay: true },
        { kind: 'run', forMs: 5 * minuteMs },
        never('member-failed'),
        converged(10_000),
      ]),
    ).toSurvive();
  });

  it('of all that a node sends makes it fail, and healing brings it back', () => {
    expect(
      story('mute', [
        ...boot(6),
        { kind: 'isolate', nodes: ['n4'], isOneWay: true },
        {
          kind: 'expect',
          that: {
            kind: 'status',
            name: 'n4',
            status: 'failed',
            at: ['n1', 'n2', 'n3', 'n5', 'n6'],
          },
          withinMs: 2 * minuteMs,
        },
        { kind: 'run', forMs: minuteMs },
        { kind: 'heal' },
        converged(5 * minuteMs),
      ]),
    ).toSurvive();
  });

  it('of all that a node hears lets it accuse everybody, and healing mends that', () => {
    expect(
      story('deaf', [
        ...boot(6),
        { kind: 'cut', from: ['n1', 'n2', 'n3', 'n5', 'n6'], to: ['n4'], isOneWay: true },
        { kind: 'run', forMs: 5 * minuteMs },
        { kind: 'heal' },
        converged(5 * minuteMs),
      ]),
    ).toSurvive();
  });

  it('through the middle, for an hour, heals by itself', () => {
    expect(
      story('split brain', [
        ...boot(10),
        { kind: 'cut', from: ['n1', 'n2', 'n3', 'n4', 'n5'], to: ['n6', 'n7', 'n8', 'n9', 'n10'] },
        { kind: 'run', forMs: 60 * minuteMs },
        { kind: 'expect', that: { kind: 'alive', count: 5 } },
        { kind: 'heal' },
        converged(10 * minuteMs),
      ]),
    ).toSurvive();
  });

  it('with changes on both sides heals with all of them', () => {
    expect(
      story('split brain with news', [
        ...boot(8),
        { kind: 'cut', from: ['n1', 'n2', 'n3', 'n4'], to: ['n5', 'n6', 'n7', 'n8'] },
        { kind: 'run', forMs: 5 * minuteMs },
        { kind: 'set-tags', node: 'n2', tags: { side: 'left' } },
        { kind: 'set-tags', node: 'n6', tags: { side: 'right' } },
        { kind: 'crash', nodes: ['n7'] },
        { kind: 'leave', node: 'n3' },
        { kind: 'run', forMs: 5 * minuteMs },
        { kind: 'heal' },
        converged(10 * minuteMs),
      ]),
    ).toSurvive();
  });
});

describe('clocks', () => {
  it('that are hours apart do not matter', () => {
    const hourMs = 60 * minuteMs;
    expect(
      story('skew', [
        { kind: 'start', id: 'a' },
        { kind: 'start', id: 'b', via: ['a'], clockOffsetMs: -9 * hourMs },
        { kind: 'start', id: 'c', via: ['a'], clockOffsetMs: 9 * hourMs },
        converged(5_000),
        { kind: 'crash', nodes: ['b'] },
        sees('b', 'failed', 30_000),
        { kind: 'restart', node: 'b', via: ['c'] },
        converged(20_000),
      ]),
    ).toSurvive();
  });

  it('that jump or run wrong make nobody fail', () => {
    expect(
      story('bad clocks', [
        ...boot(6),
        { kind: 'mark' },
        { kind: 'clock-rate', node: 'n2', rate: 1.1 },
        { kind: 'clock-rate', node: 'n3', rate: 0.9 },
        { kind: 'clock', node: 'n4', jumpMs: 30_000 },
        { kind: 'clock', node: 'n5', jumpMs: -2_000 },
        { kind: 'run', forMs: 5 * minuteMs },
        converged(10_000),
        never('member-failed'),
      ]),
    ).toSurvive();
  });
});

it('shows why a driver must drain before it judges', () => {
  const hiccups: Operation[] = [
    ...boot(8),
    { kind: 'mark' },
    ...Array.from({ length: 10 }, () => [
      { kind: 'pause', node: 'n5', forMs: 1_500 } as const,
      { kind: 'run', forMs: 4_000 } as const,
    ]).flat(),
  ];
  const suspected = (driver: 'draining' | 'naive'): number =>
    tell(story('hiccups', hiccups), {
      driver,
      network: { delay: { kind: 'uniform', minMs: 50, maxMs: 100 } },
    })
      .map(({ simulation }) => simulation.node('n5').eventCount('member-suspect'))
      .reduce((sum, count) => sum + count, 0);
  expect(suspected('draining')).toBe(0);
  expect(suspected('naive')).toBeGreaterThan(0);
});
