import { describe, expect, it } from 'vitest';
import { formatScenario } from '../../../src/testing/operation.ts';
import type { Operation } from '../../../src/testing/operation.ts';

describe('a scenario', () => {
  it('reads as a script', () => {
    const operations: Operation[] = [
      { kind: 'start-many', count: 5, everyMs: 100 },
      { kind: 'start', id: 'db', name: 'db-1', via: ['n1'], tags: { role: 'db' }, ip: '10.9.9.9' },
      { kind: 'join', node: 'n2', via: ['n1', 'db'] },
      { kind: 'cut', from: ['n1', 'n2'], to: ['n3'], protocol: 'udp', isOneWay: true },
      { kind: 'isolate', nodes: ['n4'] },
      { kind: 'heal' },
      { kind: 'network', conditions: { lossRate: 0.3 } },
      { kind: 'crash', nodes: ['n1'], host: true },
      { kind: 'restart', node: 'n1', memory: 'checkpoint', ip: '10.0.9.9', via: ['n2'] },
      { kind: 'leave', node: 'n2', stay: true },
      { kind: 'force-leave', node: 'n3', name: 'n1', prune: true },
      { kind: 'set-tags', node: 'n3', tags: { role: 'web', zone: 'a' } },
      { kind: 'pause', node: 'n3', forMs: 2_000 },
      { kind: 'clock', node: 'n3', jumpMs: -500 },
      { kind: 'clock-rate', node: 'n3', rate: 1.01 },
      { kind: 'mark' },
      { kind: 'run', forMs: 60_000 },
      { kind: 'expect', that: { kind: 'converged' }, withinMs: 10_000 },
      { kind: 'expect', that: { kind: 'converged', gone: 'same' } },
      { kind: 'expect', that: { kind: 'status', name: 'n1', status: 'failed', at: ['n2', 'n3'] } },
      { kind: 'expect', that: { kind: 'alive', count: 4 } },
      { kind: 'expect', that: { kind: 'no-event', event: 'member-failed' } },
      { kind: 'expect', that: { kind: 'down', node: 'n2' } },
    ];
    expect(formatScenario({ title: 'everything', operations })).toBe(
      [
        '# everything',
        '   1  start 5 nodes, one every 100 ms',
        '   2  start db named db-1 at 10.9.9.9 through n1 with role=db',
        '   3  join n2 through n1,db',
        '   4  cut n1,n2 -> (udp) n3',
        '   5  isolate n4 <-> others',
        '   6  heal',
        '   7  network {"lossRate":0.3}',
        '   8  crash n1 with host',
        '   9  restart n1 with memory at 10.0.9.9 through n2',
        '  10  leave n2 and stay',
        '  11  force-leave n1 by n3 and prune',
        '  12  set-tags n3 role=web zone=a',
        '  13  pause n3 for 2000 ms',
        '  14  clock of n3 jumps -500 ms',
        '  15  clock of n3 at rate 1.01',
        '  16  mark',
        '  17  run 60000 ms',
        '  18  expect converged within 10000 ms',
        '  19  expect converged, the gone same',
        '  20  expect n1 failed at n2,n3',
        '  21  expect 4 alive',
        '  22  expect no member-failed',
        '  23  expect n2 down',
      ].join('\n'),
    );
  });
});
