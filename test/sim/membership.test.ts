/** Joins, crashes, leaves and names: what must come of them, told as stories and run under a few seeds. */

import { describe, expect, it } from 'vitest';
import { createSimulation } from '../../src/testing/index.ts';
import { seeds } from './to-survive.ts';
import { boot, converged, minuteMs, never, sees, story, tell } from './stories.ts';

describe('a cluster', () => {
  it('forms when all nodes start at once through one of them', () => {
    expect(story('boot', boot(30))).toSurvive();
  });

  it('forms under loss, duplicates and reordering', () => {
    expect(story('boot in a storm', boot(15))).toSurvive({
      network: { lossRate: 0.3, duplicateRate: 0.2, reorderRate: 0.3, reorderMs: 400 },
    });
  });

  it('forms encrypted, labelled and compressed', () => {
    expect(story('boot in secret', boot(8))).toSurvive({
      keys: [new Uint8Array(32).fill(9)],
      label: 'blue',
      compression: true,
    });
  });

  it('forms out of nodes that joined different ones', () => {
    expect(
      story('a chain', [
        { kind: 'start', id: 'a' },
        { kind: 'start', id: 'b', via: ['a'] },
        { kind: 'run', forMs: 500 },
        { kind: 'start', id: 'c', via: ['b'] },
        { kind: 'run', forMs: 500 },
        { kind: 'start', id: 'd', via: ['c'] },
        converged(5_000),
      ]),
    ).toSurvive();
  });

  it('becomes one when two join, one node for all', () => {
    expect(
      story('two clusters', [
        { kind: 'start', id: 'a1' },
        { kind: 'start', id: 'a2', via: ['a1'] },
        { kind: 'start', id: 'b1' },
        { kind: 'start', id: 'b2', via: ['b1'] },
        { kind: 'run', forMs: 10_000 },
        { kind: 'join', node: 'a2', via: ['b1'] },
        converged(10_000),
      ]),
    ).toSurvive();
  });

  it('takes changed tags everywhere', () => {
    const reports = tell(
      story('tags', [
        ...boot(10),
        { kind: 'set-tags', node: 'n4', tags: { role: 'web', zone: 'b' } },
        converged(10_000),
        { kind: 'set-tags', node: 'n4', tags: {} },
        converged(10_000),
      ]),
    );
    for (const { simulation } of reports) {
      expect(simulation.node('n1').eventCount('member-update')).toBe(2);
    }
  });
});

describe('a crash', () => {
  it('is seen by everybody, and a restart undoes it', () => {
    expect(
      story('crash and restart', [
        ...boot(10),
        { kind: 'crash', nodes: ['n3'] },
        sees('n3', 'failed', 30_000),
        { kind: 'restart', node: 'n3', via: ['n1'] },
        converged(20_000),
      ]),
    ).toSurvive();
  });

  it('of the machine is seen by everybody, without a refusal', () => {
    expect(
      story('power cut', [
        ...boot(10),
        { kind: 'crash', nodes: ['n3', 'n7'], host: true },
        sees('n3', 'failed', 60_000),
        sees('n7', 'failed', 60_000),
        never('member-leave'),
      ]),
    ).toSurvive();
  });

  it('of the worker alone is seen by nobody when it comes back with its memory', () => {
    expect(
      story('restart with memory', [
        ...boot(10),
        { kind: 'mark' },
        { kind: 'crash', nodes: ['n3'] },
        { kind: 'run', forMs: 300 },
        { kind: 'restart', node: 'n3', memory: 'checkpoint' },
        converged(20_000),
        never('member-failed'),
      ]),
    ).toSurvive();
  });

  it('of a node that leaves no peer behind to join is mended by those who remember it', () => {
    expect(
      story('restart without a join', [
        ...boot(5),
        { kind: 'crash', nodes: ['n2'] },
        sees('n2', 'failed', 30_000),
        { kind: 'restart', node: 'n2' },
        converged(5 * minuteMs),
      ]),
    ).toSurvive();
  });

  it('lets the name return at another address once it is forgotten', () => {
    expect(
      story('new address', [
        ...boot(5),
        { kind: 'crash', nodes: ['n2'], host: true },
        sees('n2', 'failed', 30_000),
        { kind: 'run', forMs: 2 * minuteMs },
        { kind: 'restart', node: 'n2', ip: '10.99.0.1', via: ['n1'] },
        converged(minuteMs),
      ]),
    ).toSurvive();
  });
});

describe('a leave', () => {
  it('is told to everybody, and nobody calls it a failure', () => {
    expect(
      story('leave', [
        ...boot(10),
        { kind: 'leave', node: 'n4' },
        sees('n4', 'left', 15_000),
        { kind: 'run', forMs: minuteMs },
        never('member-failed'),
        { kind: 'expect', that: { kind: 'down', node: 'n4' } },
      ]),
    ).toSurvive();
  });

  it('gets through a network that loses a third', () => {
    expect(
      story('leave under loss', [
        ...boot(10),
        { kind: 'network', conditions: { lossRate: 0.3 } },
        { kind: 'mark' },
        { kind: 'leave', node: 'n4' },
        // The node's own dead message may overtake its leave intent: then it counts as failed first.
        sees('n4', 'left', 30_000),
        converged(30_000),
      ]),
    ).toSurvive();
  });

  it('is followed by a return at any address', () => {
    expect(
      story('leave and return', [
        ...boot(6),
        { kind: 'leave', node: 'n4' },
        sees('n4', 'left', 15_000),
        { kind: 'expect', that: { kind: 'down', node: 'n4' }, withinMs: 10_000 },
        { kind: 'restart', node: 'n4', ip: '10.99.0.4', via: ['n1'] },
        converged(20_000),
      ]),
    ).toSurvive();
  });

  it('of all but one leaves one', () => {
    expect(
      story('lights out', [
        ...boot(6),
        ...['n2', 'n3', 'n4', 'n5', 'n6'].map((node) => ({ kind: 'leave', node }) as const),
        { kind: 'expect', that: { kind: 'alive', count: 1, at: ['n1'] }, withinMs: 30_000 },
        ...['n2', 'n3', 'n4', 'n5', 'n6'].map((node) => sees(node, 'left', 5_000)),
      ]),
    ).toSurvive();
  });
});

describe('a force-leave', () => {
  it('makes a failed member count as left everywhere', () => {
    expect(
      story('force-leave', [
        ...boot(6),
        { kind: 'crash', nodes: ['n4'] },
        sees('n4', 'failed', 30_000),
        { kind: 'force-leave', node: 'n1', name: 'n4' },
        sees('n4', 'left', 10_000),
      ]),
    ).toSurvive();
  });

  it('with prune makes everybody forget it', () => {
    expect(
      story('prune', [
        ...boot(6),
        { kind: 'crash', nodes: ['n4'] },
        sees('n4', 'failed', 30_000),
        { kind: 'force-leave', node: 'n1', name: 'n4', prune: true },
        sees('n4', 'unknown', 10_000),
      ]),
    ).toSurvive();
  });

  it('of a live member is refuted by it', () => {
    expect(
      story('wrongly forced', [
        ...boot(6),
        { kind: 'force-leave', node: 'n1', name: 'n4' },
        { kind: 'run', forMs: 5_000 },
        converged(10_000),
        never('member-leave'),
      ]),
    ).toSurvive();
  });
});

describe('a name', () => {
  it('that is taken is refused to a newcomer, who learns it from its join', () => {
    for (const seed of seeds) {
      const sim = createSimulation({ seed, nodes: 5 });
      sim.runUntilConverged();
      sim.start({ id: 'impostor', name: 'n3' });
      const join = sim.join('impostor', ['n1']);
      sim.runUntil(() => join.result !== undefined);
      expect(join.result).toMatchObject({
        value: { joined: [], failures: [{ reason: 'name-taken' }] },
      });
      sim.run(30_000);
      expect(sim.node('n3').isUp).toBe(true);
    }
  });

  it('that two clusters bring along is settled by a vote: the minority goes', () => {
    expect(
      story('name conflict', [
        ...boot(6),
        { kind: 'start', id: 'other' },
        { kind: 'start', id: 'impostor', name: 'n3', via: ['other'] },
        { kind: 'run', forMs: 5_000 },
        { kind: 'join', node: 'other', via: ['n1'] },
        // The two learn of each other only by push/pull: nobody passes on what it does not believe.
        { kind: 'expect', that: { kind: 'down', node: 'impostor' }, withinMs: 10 * minuteMs },
        converged(2 * minuteMs),
        { kind: 'expect', that: { kind: 'alive', count: 7 } },
      ]),
    ).toSurvive();
  });
});

it('lets a user write a test without a scenario', () => {
  const sim = createSimulation({ seed: 5, nodes: 5 });
  sim.runUntilConverged();
  const seen: string[] = [];
  sim.node('n1').onEvent(({ kind, name }) => seen.push(`${kind} ${name}`));
  sim.crash('n5');
  sim.runUntil(() => sim.node('n1').statusOf('n5') === 'failed');
  expect(seen).toEqual(['member-suspect n5', 'member-failed n5']);
  sim.runUntilConverged();
  sim.assertConverged();
});

describe('user events, queries and keys', () => {
  it('reach everybody, once each', () => {
    const sim = createSimulation({ seed: 9, nodes: 6, network: { duplicateRate: 0.3 } });
    sim.runUntilConverged();
    const heard: string[] = [];
    for (const [id, node] of sim.nodes) {
      node.onTold((told) => {
        if (told.kind === 'user-event') heard.push(`${id} ${told.event.name}`);
      });
    }
    const payload = new Uint8Array([1, 2, 3]);
    sim.command('n4', { kind: 'user-event', name: 'deploy', payload, coalesce: false });
    sim.run(10_000);
    expect(heard.sort()).toEqual([1, 2, 3, 4, 5, 6].map((index) => `n${index} deploy`));
  });

  it('let a cluster change its keys while it runs', () => {
    const [first, second] = [new Uint8Array(32).fill(1), new Uint8Array(16).fill(2)];
    const sim = createSimulation({ seed: 9, nodes: 5, keys: [first] });
    sim.runUntilConverged();
    for (const [operation, key] of [
      ['install', second],
      ['use', second],
      ['remove', first],
    ] as const) {
      const pending = sim.command('n2', { kind: 'keys', operation, key, relayFactor: 0 });
      sim.runUntil(() => pending.result !== undefined);
      expect(pending.result).toMatchObject({ ok: true, value: { responses: 5, errors: 0 } });
    }
    sim.start({ id: 'new', keys: [second], via: ['n1'] });
    sim.start({ id: 'old', keys: [first] });
    const refused = sim.join('old', ['n1']);
    sim.runUntil(() => refused.result !== undefined);
    expect(refused.result).toMatchObject({ value: { joined: [], failures: [{}] } });
    sim.crash('old');
    sim.runUntilConverged();
  });
});
