/** The examples of docs/SIMULATOR.md, as tests; and that they are the same. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSimulation, runScenario } from '../../src/testing/index.ts';
import type { Scenario } from '../../src/testing/index.ts';

describe('the guide to the simulator', () => {
  it('shows a partition that heals', () => {
    const sim = createSimulation({ seed: 42, nodes: 5 });
    sim.runUntilConverged();

    sim.faults.partition(['n1', 'n2'], ['n3', 'n4', 'n5']);
    sim.run(60_000);
    expect(sim.node('n1').statusOf('n3')).toBe('failed');

    sim.faults.heal();
    sim.runUntilConverged({ withinMs: 300_000 });
  });

  it('shows nodes with tags, events and a clock that is wrong', () => {
    const sim = createSimulation({ seed: 7, profile: 'local' });
    sim.start({ id: 'seed' });
    sim.start({ id: 'db-1', tags: { role: 'db' }, via: ['seed'] });
    sim.start({ id: 'web-1', tags: { role: 'web' }, via: ['seed'], clockOffsetMs: -3_600_000 });
    const events: string[] = [];
    sim.node('web-1').onEvent(({ kind, name }) => events.push(`${kind} ${name}`));
    sim.runUntilConverged();

    sim.setTags('db-1', { role: 'db', primary: 'yes' });
    sim.runUntilConverged();
    sim.leave('db-1');
    sim.runUntil(() => sim.node('web-1').statusOf('db-1') === 'left');
    expect(events.slice(-2)).toEqual(['member-update db-1', 'member-leave db-1']);
  });

  it('shows a scenario that is the same twice', () => {
    const scenario: Scenario = {
      title: 'a pause is not a failure',
      operations: [
        { kind: 'start-many', count: 8 },
        { kind: 'expect', that: { kind: 'converged' }, withinMs: 10_000 },
        { kind: 'network', conditions: { lossRate: 0.05 } },
        { kind: 'mark' },
        { kind: 'pause', node: 'n5', forMs: 3_000 },
        { kind: 'run', forMs: 60_000 },
        { kind: 'expect', that: { kind: 'no-event', event: 'member-failed' } },
      ],
    };
    const first = runScenario(scenario, { seed: 11 });
    const second = runScenario(scenario, { seed: 11 });
    expect(second.traceHash).toBe(first.traceHash);
  });

  it('shows nothing that is not tested here', () => {
    const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
    const tests = read('guide.test.ts').replaceAll(/^ +/gm, '');
    const examples = [...read('../../docs/SIMULATOR.md').matchAll(/```ts\n(.*?)```/gs)];
    expect(examples).toHaveLength(3);
    for (const [, example = ''] of examples) {
      expect(tests).toContain(example.replaceAll(/^ +/gm, ''));
    }
  });
});
