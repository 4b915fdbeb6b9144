/** What Go's state_test of memberlist says of alive, suspect and dead claims, beyond node-rules. */

import { describe, expect, it } from 'vitest';
import { ipToBytes } from '../../../src/model/address.ts';
import { nodeStateNumbers } from '../../../src/model/member.ts';
import type { NodeState } from '../../../src/model/member.ts';
import type { NodeEntry, PushPull } from '../../../src/model/message.ts';
import { ownVersions, versionsToBytes } from '../../../src/model/versions.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

const suspect = (node: string, incarnation = 1, from = 'c') =>
  ({ kind: 'suspect', node, incarnation, from }) as const;
const dead = (node: string, incarnation = 1, from = 'c') =>
  ({ kind: 'dead', node, incarnation, from }) as const;
const role = (text: string) => codec.encodeTags(new Map([['role', text]]));

/** All that was queued about nodes so far has been sent; what comes now is news. */
function quiet(node: Harness): Harness {
  node.advance(30_000, () => node.engine.stats().nodeQueue === 0);
  node.clear();
  return node;
}

/** A node that has met others and has nothing left to say; it probes nobody. */
function settled(...names: string[]): Harness {
  const node = new Harness({ probeIntervalMs: 10_000_000, retransmitMult: 1 });
  node.hear('b', ...names.map((name) => alive(name)));
  return quiet(node);
}

/** Lets time pass in which every probe is answered. */
function probeFor(node: Harness, ms: number): void {
  const end = node.now + ms;
  while (node.now < end) {
    const before = node.sentOf('ping').length;
    node.advance(end - node.now, () => node.sentOf('ping').length > before);
    const sequence = node.sentOf('ping').at(-1)?.sequence ?? 0;
    node.hear('b', { kind: 'ack', sequence, payload: null });
  }
}

describe('a suspicion', () => {
  // TestMemberList_AliveNode_SuspectNode
  it('that a newer claim ends begins a new state, which is passed on', () => {
    const node = settled('b', 'c');
    node.hear('c', suspect('b'));
    node.advance(1000);
    node.hear('b', alive('b', 2));
    expect(node.member('b')).toMatchObject({ nodeState: 'alive', nodeStateSince: node.now });
    expect(node.engine.stats().nodeQueue).toBe(1);
  });

  // TestMemberList_SuspectNode
  it('begins a state of its own, and its end another; each takes the place of the last in the news', () => {
    const node = new Harness({ suspicionMult: 1, indirectChecks: 0, streamProbes: false });
    node.hear('b', alive('b'), alive('c'));
    quiet(node);
    const start = node.now;
    node.hear('b', alive('b', 2));
    node.hear('c', suspect('b', 2));
    expect(node.member('b')).toMatchObject({ nodeState: 'suspect', nodeStateSince: start });
    node.advance(60_000, () => node.member('b')?.nodeState === 'failed');
    expect(node.now - start).toBe(1000);
    expect(node.member('b')?.nodeStateSince).toBe(node.now);
    node.clear();
    node.advance(1000);
    expect(node.sentOf('dead')[0]).toEqual(dead('b', 2, 'a'));
    expect(node.sentOf('suspect').filter((message) => message.node === 'b')).toEqual([]);
  });

  // TestMemberList_SuspectNode_DoubleSuspect, TestMemberList_SuspectNode_OldSuspect
  it('repeated, or of an older incarnation, is neither taken nor passed on', () => {
    const node = settled('b', 'c');
    node.hear('b', alive('b', 10));
    node.hear('c', suspect('b', 10));
    const before = node.member('b');
    quiet(node);
    node.now += 1;
    node.hear('c', suspect('b', 10), suspect('b', 9));
    expect(node.member('b')).toEqual(before);
    expect(node.engine.stats().nodeQueue).toBe(0);
  });

  // TestMemberList_SuspectNode_Refute, TestMemberList_DeadNode_Refute
  it.each([suspect('a'), dead('a')])(
    'or death of this node queues its own claim to be alive, and worsens local health: $kind',
    (claim) => {
      const node = settled('b');
      node.hear('b', claim);
      expect(node.member('a')).toMatchObject({ status: 'alive', incarnation: 2 });
      expect(node.engine.stats()).toMatchObject({ nodeQueue: 1, healthScore: 1 });
      node.advance(1000);
      expect(node.sentOf('alive')[0]).toMatchObject({ node: 'a', incarnation: 2 });
    },
  );
});

describe('a death', () => {
  // TestMemberList_DeadNode, TestMemberList_DeadNode_Double
  it('is passed on once, and begins a state; another of it is not news', () => {
    const node = settled('b', 'c');
    node.now += 3_600_000;
    node.hear('c', dead('b'));
    expect(node.member('b')).toMatchObject({ nodeState: 'failed', nodeStateSince: node.now });
    expect(node.facts('member-failed')).toHaveLength(1);
    quiet(node);
    node.hear('c', dead('b', 2));
    expect(node.facts('member-failed')).toHaveLength(0);
    expect(node.engine.stats().nodeQueue).toBe(0);
  });

  // TestMemberList_DeadNodeLeft
  it('in its own name is a leave that is passed on; then the name may return elsewhere', () => {
    const node = settled('b', 'c');
    node.hear('b', dead('b', 1, 'b'));
    expect(node.member('b')?.nodeState).toBe('left');
    expect(node.engine.stats().nodeQueue).toBe(1);
    const moved = { address: ipToBytes('127.0.0.99'), port: 9000, meta: role('foo') };
    node.hear('b', alive('b', 3, moved));
    expect(node.member('b')).toMatchObject({ status: 'alive', ip: '127.0.0.99', port: 9000 });
    expect(node.member('b')?.tags.get('role')).toBe('foo');
    expect(node.facts('member-joined')).toHaveLength(1);
  });

  // TestMemberList_ResetNodes, TestMoveDeadNodes
  it('is remembered by SWIM as long as gossip goes to the dead; a leave as well', () => {
    const node = new Harness({ gossipToTheDeadMs: 15_000 });
    node.hear('b', ...['b', 'c', 'd', 'e', 'f'].map((name) => alive(name)));
    node.hear('b', dead('b'), dead('c', 1, 'c'));
    probeFor(node, 10_000);
    node.hear('b', dead('d'), dead('e', 1, 'e'));
    const states = () => ['b', 'c', 'd', 'e'].map((name) => node.member(name)?.nodeState);
    expect(states()).toEqual(['failed', 'left', 'failed', 'left']);
    probeFor(node, 10_000);
    expect(states()).toEqual(['unknown', 'unknown', 'failed', 'left']);
    expect(['a', 'f'].map((name) => node.member(name)?.nodeState)).toEqual(['alive', 'alive']);
  });
});

describe('a name', () => {
  // TestMemberlist_conflictDelegate
  it('that another node claims is told with both addresses', () => {
    const node = settled('b');
    node.hear('c', alive('b', 2, { address: ipToBytes('127.0.0.99'), port: 9000 }));
    expect(node.facts('name-conflicted')).toMatchObject([
      { name: 'b', existing: addressOf('b'), other: { ip: '127.0.0.99', port: 9000 } },
    ]);
  });
});

const entry = (name: string, changes: Partial<NodeEntry> = {}): NodeEntry => ({
  name,
  address: ipToBytes(addressOf(name).ip),
  port: 7946,
  meta: null,
  incarnation: 1,
  state: 0,
  versions: versionsToBytes(ownVersions),
  ...changes,
});

const push = (nodes: readonly NodeEntry[]): PushPull => ({
  kind: 'push-pull',
  join: false,
  nodes,
  userState: new Uint8Array(0),
});

describe('a remote state', () => {
  // TestMemberList_MergeState
  it('with an ended suspicion, two new ones and a new node has one node join', () => {
    const node = settled('b', 'c', 'd');
    node.hear('c', suspect('b'));
    node.clear();
    const state = (name: Exclude<NodeState, 'unknown'>) => ({ state: nodeStateNumbers[name] });
    node.pushPullReply(
      push([
        entry('b', { incarnation: 2 }),
        entry('c', state('suspect')),
        entry('d', state('failed')),
        entry('e', { incarnation: 2 }),
      ]),
    );
    const seen = ['b', 'c', 'd', 'e'].map((name) => node.member(name));
    expect(seen.map((member) => [member?.nodeState, member?.incarnation])).toEqual([
      ['alive', 2],
      ['suspect', 1],
      ['suspect', 1],
      ['alive', 2],
    ]);
    expect(node.facts('member-joined').map(({ name }) => name)).toEqual(['e']);
    expect(node.facts('member-failed')).toEqual([]);
  });

  type Range = readonly [min: number, max: number, current: number];
  // Go's cases, moved so that this node, which is always among them, is one of the first ones: it
  // speaks memberlist 2 of 1 to 5, and Serf 5 of 2 to 5.
  const cases: readonly { here: readonly Range[]; there: readonly Range[]; fit: boolean }[] = [
    { here: [[0, 0, 0]], there: [[0, 0, 0]], fit: true },
    { here: [[0, 0, 0]], there: [[0, 1, 0]], fit: true },
    { here: [[0, 0, 0]], there: [[1, 1, 1]], fit: false },
    { here: [[0, 1, 0], [0, 2, 1]], there: [[1, 3, 1]], fit: false }, // prettier-ignore
    { here: [[0, 3, 2], [0, 2, 0]], there: [[0, 2, 1], [0, 5, 0]], fit: true }, // prettier-ignore
  ];
  const speaking = {
    memberlist: ([min, max, current]: Range) => [min + 2, max + 2, current + 2, 2, 5, 5],
    Serf: ([min, max, current]: Range) => [1, 5, 2, Math.max(0, 5 - max), 5 - min, 5 - current],
  } as const;

  // TestVerifyProtocol
  it.each(['memberlist', 'Serf'] as const)(
    'is taken only if all speak a version of %s that all understand',
    (protocol) => {
      for (const { here, there, fit } of cases) {
        const node = new Harness();
        const versions = (range: Range) => Uint8Array.from(speaking[protocol](range));
        const names = ['b', 'c'];
        for (const [index, range] of here.entries()) {
          const name = names[index] ?? '';
          node.hear(name, alive(name, 1, { versions: versions(range) }));
        }
        expect(node.engine.members.size).toBe(1 + here.length);
        const remote = there.map((range, index) =>
          entry(`remote-${index}`, { versions: versions(range) }),
        );
        node.pushPullReply(push([...remote, entry('z')]));
        expect(node.member('z') !== undefined, JSON.stringify({ here, there })).toBe(fit);
      }
    },
  );

  // TestMemberlist_Join_protocolVersions, TestMemberlist_Join_Protocol_Compatibility
  it.each([1, 2, 3, 4, 5])('of a node that speaks memberlist %i is taken', (current) => {
    const node = new Harness();
    node.pushPullReply(push([entry('b', { versions: Uint8Array.of(1, 5, current, 2, 5, 5) })]));
    expect(node.member('b')).toMatchObject({
      status: 'alive',
      versions: { protocolCurrent: current },
    });
  });
});

describe('news', () => {
  // TestMemberlist_Gossip
  it('of all three that are known reaches a peer', () => {
    const node = new Harness();
    node.hear('c', alive('b'), alive('c'));
    node.advance(1000);
    const told = node.sent
      .filter(({ to }) => to.ip === addressOf('b').ip)
      .flatMap(({ message }) => (message.kind === 'alive' ? [message.node] : []));
    expect(new Set(told)).toEqual(new Set(['a', 'b', 'c']));
  });

  // TestMemberlist_GossipToDead
  it('goes to who died 20 ms ago, and not to who died 200 ms ago, when 100 ms are the limit', () => {
    const told = (agoMs: number): boolean => {
      const node = new Harness({ gossipToTheDeadMs: 100, gossipIntervalMs: 10 });
      node.hear('b', alive('b'), dead('b'));
      node.now += agoMs;
      node.hear('c', alive('c'));
      node.clear();
      node.advance(20);
      return node.sent.some(({ to }) => to.ip === addressOf('b').ip);
    };
    expect(told(20)).toBe(true);
    expect(told(200)).toBe(false);
  });

  // TestMemberlist_PushPull
  it('is exchanged as a whole with a live member every interval', () => {
    const node = new Harness({ pushPullIntervalMs: 1000, streamProbes: false });
    node.hear('b', alive('b'), alive('c'), dead('c'));
    node.advance(2000);
    const [exchange] = node.exchanges();
    expect(exchange).toMatchObject({ to: addressOf('b'), request: { join: false } });
    const names = exchange?.request.kind === 'push-pull' && exchange.request.nodes;
    expect(names && names.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

describe('the networks that are allowed', () => {
  const outside = Uint8Array.of(10, 0, 0, 1);

  // TestMemberlist_JoinDifferentNetworksUniqueMask, TestMemberlist_JoinDifferentNetworksMultiMasks
  it('decide who is seen, by gossip and by push/pull, whoever that one sees', () => {
    const strict = new Harness({ allowedCidrs: [['127.0.0.0', 24]] });
    const open = new Harness({ allowedCidrs: [['127.0.0.0', 8], ['10.0.0.0', 8]] }); // prettier-ignore
    for (const node of [strict, open]) {
      node.pushPullReply(push([entry('b'), entry('x', { address: outside })]));
      node.hear('b', alive('y', 1, { address: outside }));
    }
    expect([...strict.engine.members.keys()]).toEqual(['a', 'b']);
    expect([...open.engine.members.keys()]).toEqual(['a', 'b', 'x', 'y']);
  });
});
