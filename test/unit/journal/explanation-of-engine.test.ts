/** The facts of real engines, in simulated clusters, make the explanations that users are to read. */

import { describe, expect, it } from 'vitest';

import { reasonsFor } from '../../../src/journal/explanation.ts';
import type { Reasons } from '../../../src/journal/explanation.ts';
import { Journal } from '../../../src/journal/journal.ts';
import type { SimulationOptions } from '../../../src/testing/simulation-options.ts';
import { recordedCluster } from '../recorder/recorded-cluster.ts';
import type { RecordedCluster } from '../recorder/recorded-cluster.ts';

function cluster(options: SimulationOptions = {}): RecordedCluster {
  const made = recordedCluster({ seed: 4, nodes: 5, ...options });
  made.simulation.runUntilConverged();
  return made;
}

/** What `observer` has to say about `name`. */
function reasons({ lives }: RecordedCluster, observer: string, name: string): Reasons {
  const journal = new Journal();
  const life = lives.findLast((each) => each.name === observer);
  for (const fact of life?.facts ?? []) journal.append(fact);
  return reasonsFor(journal, name, observer);
}

function story(made: RecordedCluster, observer: string, name: string): string {
  return reasons(made, observer, name)
    .chain.map(({ text }) => text)
    .join('\n');
}

describe('what the engines tell', () => {
  it('explains a crash, on every node', () => {
    const made = cluster({ profile: { probeTimeoutMs: 300 } });
    made.simulation.crash('n5', { host: true });
    made.simulation.run(60_000);
    for (const observer of ['n1', 'n2', 'n3', 'n4']) {
      const told = reasons(made, observer, 'n5');
      expect(told).toMatchObject({ status: 'failed', gaps: [] });
      expect(told.chain.length).toBeGreaterThanOrEqual(3);
      const text = story(made, observer, 'n5');
      expect(text).toMatch(/^It joined at 10\.0\.0\.5:7946, heard /);
      expect(text).toMatch(/n\d (?:probed it|suspects it)/);
      expect(text).toMatch(/n\d declared it failed/);
    }
    expect(['n1', 'n2', 'n3', 'n4'].map((each) => story(made, each, 'n5')).join('\n')).toMatch(
      /probed it and had no answer within 1 s: n\d.*\(nack\)/,
    );
  });

  it('explains a doubt that was refuted, for both sides', () => {
    const made = cluster();
    made.simulation.faults.isolate(['n5']);
    made.simulation.runUntil(() => made.simulation.node('n1').statusOf('n5') === 'suspect');
    made.simulation.faults.heal();
    made.simulation.runUntil(() => made.simulation.node('n1').statusOf('n5') === 'alive');
    made.simulation.run(3_000);
    expect(story(made, 'n1', 'n5')).toMatch(/It refuted the suspicion after .* with incarnation 2/);
    expect(story(made, 'n5', 'n5')).toMatch(
      /^n5 was started\.\nn\d claimed that it is suspect; it refuted that itself, with incarnation 2\.$/,
    );
  });

  it('explains a leave, to others and to the one who left', () => {
    const made = cluster();
    made.simulation.leave('n5', { stay: true });
    made.simulation.run(20_000);
    expect(reasons(made, 'n2', 'n5').status).toBe('left');
    expect(story(made, 'n2', 'n5')).toMatch(
      /It announced that it leaves, or was told to: leave intent at Lamport time \d+, heard from n\d \(10\.0\.0\.\d:7946\)\.\nIt said itself that it is gone, heard by gossip from n\d/,
    );
    expect(story(made, 'n5', 'n5')).toMatch(
      /The user of n5 had it leave: leave intent at Lamport time \d+\.\nn5 told the others that it is gone\./,
    );
  });

  it('explains a forced leave, and a prune', () => {
    const made = cluster();
    made.simulation.crash('n4');
    made.simulation.crash('n5');
    made.simulation.run(60_000);
    made.simulation.forceLeave('n1', 'n4');
    made.simulation.forceLeave('n1', 'n5', { prune: true });
    made.simulation.run(10_000);
    expect(reasons(made, 'n1', 'n4').status).toBe('left');
    expect(story(made, 'n1', 'n4')).toContain('The user of n1 declared the failed member as left');
    expect(story(made, 'n2', 'n4')).toMatch(
      /Somebody declared the failed member as left \(force-leave\): leave intent at Lamport time \d+, heard from n\d/,
    );
    for (const observer of ['n1', 'n2', 'n3']) {
      expect(reasons(made, observer, 'n5').status).toBe('reaped');
      expect(story(made, observer, 'n5')).toMatch(/Its record was removed at once.*\(prune\)\.$/);
    }
  });

  it('explains the end of a record', () => {
    const limits = { reapIntervalMs: 1_000, reconnectTimeoutMs: 20_000 };
    const made = cluster({ limits });
    made.simulation.crash('n5', { host: true });
    made.simulation.run(60_000);
    expect(reasons(made, 'n1', 'n5').status).toBe('reaped');
    expect(story(made, 'n1', 'n5')).toMatch(
      /It had been failed for longer than 20 s \(reconnectTimeoutMs, unless it had a time of its own\), so n1 reaped its record\.$/,
    );
  });

  it('explains a return', () => {
    const made = cluster();
    made.simulation.crash('n5');
    made.simulation.run(30_000);
    made.simulation.restart('n5', { via: ['n1'] });
    made.simulation.run(10_000);
    expect(reasons(made, 'n2', 'n5').status).toBe('alive');
    expect(story(made, 'n2', 'n5')).toMatch(/^It came back, \d.* after it had failed, with inc/);
  });

  it('explains a dispute about a name', () => {
    const made = cluster();
    made.simulation.start({ id: 'double', name: 'n5', ip: '10.9.9.9' });
    made.simulation.start({ id: 'bridge', via: ['double'] });
    made.simulation.run(2_000);
    made.simulation.join('bridge', ['n1']);
    made.simulation.run(5_000);
    expect(story(made, 'n1', 'n5')).toMatch(
      /Another node claimed its name from 10\.9\.9\.9:7946, heard .*, and was not believed: the name is known at 10\.0\.0\.5:7946\./,
    );
  });
});
