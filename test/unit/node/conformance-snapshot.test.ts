/** Go's tests of a node that starts from its snapshot, with nodes on a network in memory. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FolkmootNode } from '../../../src/node/api.ts';
import { createNode } from '../../../src/node/node.ts';
import { profiles } from '../../../src/node/profiles.ts';
import { MemoryNetwork } from '../../../src/workers/memory-transport.ts';
import { waitFor } from '../../support/wait-for.ts';

/** As quick as Go's own tests. */
const profile = {
  ...profiles.local,
  probeIntervalMs: 100,
  probeTimeoutMs: 50,
  gossipIntervalMs: 20,
  suspicionMult: 1,
};

let folder = '';
let network = new MemoryNetwork();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folkmoot-conformance-'));
  network = new MemoryNetwork();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function start(name: string, ip: string): Promise<FolkmootNode> {
  return createNode({
    name,
    bind: `${ip}:7946`,
    profile,
    limits: { leavePropagateDelayMs: 100 },
    runtime: 'inline',
    transport: () => network.transport(),
    logger: false,
    ...(name === 's2' && { snapshot: join(folder, 'snapshot') }),
  });
}

function sees(node: FolkmootNode, name: string, status: string): Promise<boolean> {
  return waitFor(() => node.members.get(name)?.status === status, {
    describe: `${node.name} sees ${name} ${status}`,
    everyMs: 10,
  });
}

describe('a node with a snapshot', () => {
  // TestSerf_SnapshotRecovery
  it('that was killed and forced out comes back by itself, and is told nothing again', async () => {
    await using s1 = await start('s1', '10.0.0.1');
    const s2 = await start('s2', '10.0.0.2');
    await s1.join(['10.0.0.2']);
    const before: string[] = [];
    s2.event$.subscribe(({ name }) => before.push(name));
    await s1.emit('event!', 'test');
    await waitFor(() => before.length > 0, { describe: 's2 is told', everyMs: 10 });
    await s2.shutdown();
    await sees(s1, 's2', 'failed');
    await s1.forceLeave('s2');
    expect(s1.members.get('s2')?.status).toBe('left');

    await using again = await start('s2', '10.0.0.2');
    const after: string[] = [];
    again.event$.subscribe(({ name }) => after.push(name));
    await sees(s1, 's2', 'alive');
    await sees(again, 's1', 'alive');
    await s1.emit('later');
    await waitFor(() => after.includes('later'), { describe: 's2 is told', everyMs: 10 });
    expect(after).toEqual(['later']);
  });

  // TestSerf_Leave_SnapshotRecovery
  it('that left does not come back by itself', async () => {
    await using s1 = await start('s1', '10.0.0.1');
    const s2 = await start('s2', '10.0.0.2');
    await s1.join(['10.0.0.2']);
    await sees(s2, 's1', 'alive');
    await s2.leave();
    await s2.shutdown();
    await sees(s1, 's2', 'left');

    await using again = await start('s2', '10.0.0.2');
    await again.emit('alone');
    expect([...again.members.keys()]).toEqual(['s2']);
    // To come back, it would have dialled as soon as it started.
    expect((await again.stats()).streamsDialled).toBe(0);
    expect(s1.members.get('s2')?.status).toBe('left');
  });
});
