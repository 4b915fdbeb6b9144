/**
 * A thousand nodes in one process: they boot from one, ten crash, the network loses 30 %, and a part is
 * cut off and comes back. Prints what it took.
 */

import { expect, it } from 'vitest';
import { createSimulation } from '../../src/testing/index.ts';
import type { NodeView, Simulation } from '../../src/testing/index.ts';

const nodes = 1_000;

/** Says how far a simulation is, and what it has cost. */
function reporter(sim: Simulation) {
  const startedAt = performance.now();
  return (what: string, tookMs: number): void => {
    const wallS = ((performance.now() - startedAt) / 1_000).toFixed(0);
    const cpuS = (process.cpuUsage().user / 1e6).toFixed(0);
    const memoryMb = (process.memoryUsage().rss / 1e6).toFixed(0);
    const { packets, packetsLost, streams } = sim.traffic;
    process.stdout.write(
      `  ${what}: ${(tookMs / 1_000).toFixed(1)} virtual s. So far ${wallS} s of wall time, ` +
        `${cpuS} s of CPU, ${memoryMb} MB, ${packets} packets (${packetsLost} lost), ${streams} streams.\n`,
    );
  };
}

it(
  `lets ${nodes} nodes boot from one, lose ten, bear 30 % loss and a partition`,
  { timeout: 1_200_000 },
  () => {
    const sim = createSimulation({ seed: 1, nodes, checks: 'sampled', eventsKept: 0 });
    const report = reporter(sim);
    const everyMs = 500;
    report('converged', sim.runUntilConverged({ withinMs: 60_000, everyMs }));

    const crashed = Array.from({ length: 10 }, (_, index) => `n${100 * index + 50}`);
    for (const id of crashed) sim.crash(id);
    report('10 crashes seen by all', sim.runUntilConverged({ withinMs: 120_000, everyMs }));

    sim.faults.network({ lossRate: 0.3 });
    sim.setTags('n7', { role: 'web' });
    const seesTag = (node: NodeView): boolean => node.members.get('n7')?.tags.get('role') === 'web';
    const told = (): boolean => sim.liveNodes.every(seesTag);
    report('a tag told to all under 30 % loss', sim.runUntil(told, { withinMs: 60_000, everyMs }));
    sim.faults.network({ lossRate: 0 });

    const ids = [...sim.nodes.keys()];
    sim.faults.partition(ids.slice(0, 20), ids.slice(20));
    sim.run(5_000);
    sim.faults.heal();
    report('a partition healed', sim.runUntilConverged({ withinMs: 900_000, everyMs: 2_000 }));

    sim.checkAll();
    expect(sim.liveNodes).toHaveLength(nodes - crashed.length);
    expect(sim.liveNodes.every((node) => node.statusOf('n50') === 'failed')).toBe(true);
  },
);
