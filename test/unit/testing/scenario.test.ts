import { describe, expect, it } from 'vitest';
import { createSimulation, runScenario } from '../../../src/testing/index.ts';
import type { Operation } from '../../../src/testing/index.ts';

const boot: Operation[] = [
  { kind: 'start-many', count: 4 },
  { kind: 'expect', that: { kind: 'converged' }, withinMs: 10_000 },
];

function failureOf(operations: readonly Operation[]): string {
  try {
    runScenario({ title: 'a story', operations: [...boot, ...operations] }, { seed: 99 });
  } catch (error) {
    return String(error);
  }
  return 'it came out as told';
}

describe('a scenario that does not come out as told', () => {
  it('says what was expected, the seed, the script and the last events', () => {
    const failure = failureOf([
      { kind: 'crash', nodes: ['n2'] },
      {
        kind: 'expect',
        that: { kind: 'status', name: 'n2', status: 'left', at: ['n1'] },
        withinMs: 20_000,
      },
    ]);
    expect(failure).toContain('expected n2 left at n1, which did not come true within 20000 ms');
    expect(failure).toContain('replay with seed 99');
    expect(failure).toContain('# a story\n   1  start 4 nodes');
    expect(failure).toMatch(/last events:\n +\d+\.\d{3} {2}n/);
  });

  it('says in which way the views differ', () => {
    const crash: Operation = { kind: 'crash', nodes: ['n4'] };
    const converged: Operation = { kind: 'expect', that: { kind: 'converged' } };
    expect(failureOf([crash, converged])).toMatch(
      /not converged: n\d sees n4 alive, which is gone/,
    );
  });

  it('finds an event that should not have been, but only since the last mark', () => {
    const never: Operation = { kind: 'expect', that: { kind: 'no-event', event: 'member-failed' } };
    const crash: Operation[] = [
      { kind: 'crash', nodes: ['n4'] },
      { kind: 'run', forMs: 30_000 },
    ];
    expect(failureOf([...crash, never])).toContain('expected no member-failed');
    expect(failureOf([...crash, { kind: 'mark' }, never])).toBe('it came out as told');
  });
});

describe('convergence', () => {
  it('asks nothing, agreement or sameness of the views of those who are gone', () => {
    const sim = createSimulation({ seed: 4, nodes: 4 });
    sim.runUntilConverged();
    sim.crash('n4');
    sim.runUntil(() => sim.liveNodes.every((node) => node.statusOf('n4') === 'failed'));
    sim.start({ id: 'late', via: ['n1'] });
    sim.runUntilConverged();
    sim.assertConverged({ gone: 'agreed' });
    expect(sim.difference({ gone: 'same' })).toMatch(/remembers n4, late does not/);
  });

  it('does not ask a paused node, nor about it', () => {
    const sim = createSimulation({ seed: 4, nodes: 4 });
    sim.runUntilConverged();
    sim.faults.pause('n3');
    sim.setTags('n1', { role: 'web' });
    sim.runUntilConverged();
    expect(sim.node('n3').members.get('n1')?.tags.get('role')).toBeUndefined();
    sim.faults.resume('n3');
    // What waited in its kernel is read first of all.
    expect(sim.node('n3').members.get('n1')?.tags.get('role')).toBe('web');
  });

  it('is not reached by two live nodes of one name', () => {
    const sim = createSimulation({ seed: 4, nodes: 3 });
    sim.start({ id: 'twin', name: 'n2' });
    expect(sim.difference()).toBe('n2 and twin are both named n2');
  });
});
