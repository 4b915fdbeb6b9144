/** A thousand nodes in one process: boot from one seed node, crashes, loss, a partition that heals. */

import { expect, it } from 'vitest';
import { createSimulation } from '../../src/testing/index.ts';
import type { NodeView } from '../../src/testing/index.ts';

const nodes = 1_000;

it(`lets ${nodes} nodes boot from one, lose ten, bear 30 % loss and a partition`, () => {
  const startedAt = performance.now();
  const report: string[] = [];
  const sim = createSimulation({ seed: 1, nodes, checks: 'sampled', trace: 'hash', eventsKept: 0 });
  const note = (what: string, tookMs: number): void => {
    const wallS = ((performance.now() - startedAt) / 1_000).toFixed(0);
    const memoryMb = (process.memoryUsage().rss / 1e6).toFixed(0);
    const { packets, packetsLost, streams } = sim.traffic;
    report.push(
      `${what}: ${(tookMs / 1_000).toFixed(1)} virtual s; so far ${wallS} s of wall time, ${memoryMb} MB, ` +
        `${packets} packets (${packetsLost} lost), ${streams} streams`,
    );
  };

  note('converged', sim.runUntilConverged({ withinMs: 120_000, everyMs: 500 }));

  const crashed = Array.from({ length: 10 }, (_, index) => `n${100 * index + 50}`);
  for (const id of crashed) sim.crash(id);
  note('10 crashes seen by all', sim.runUntilConverged({ withinMs: 120_000, everyMs: 500 }));

  sim.faults.network({ lossRate: 0.3 });
  sim.setTags('n7', { role: 'web' });
  const seesTag = (node: NodeView): boolean => node.members.get('n7')?.tags.get('role') === 'web';
  const told = (): boolean => sim.liveNodes.every(seesTag);
  note('a tag told to all under 30 % loss', sim.runUntil(told, { withinMs: 60_000 }));
  sim.run(10_000);
  sim.faults.network({ lossRate: 0 });
  note('the loss was over', sim.runUntilConverged({ withinMs: 120_000, everyMs: 500 }));

  const ids = [...sim.nodes.keys()];
  sim.faults.partition(ids.slice(0, 100), ids.slice(100));
  sim.run(20_000);
  sim.faults.heal();
  note('a partition healed', sim.runUntilConverged({ withinMs: 600_000, everyMs: 500 }));

  sim.checkAll();
  process.stdout.write(
    `${report.map((line) => `  ${line}`).join('\n')}\n  trace ${sim.traceHash()}\n`,
  );
  expect(sim.liveNodes).toHaveLength(nodes - crashed.length);
}, 900_000);
