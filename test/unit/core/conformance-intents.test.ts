/** Go's tests of Serf's members, intents and push/pull state, beyond what intents.test.ts asserts. */

import { describe, expect, it } from 'vitest';
import { RecentIntents } from '../../../src/core/recent-intents.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

const join = (node: string, time: number) => ({ kind: 'join-intent', node, time }) as const;
const leave = (node: string, time: number) =>
  ({ kind: 'leave-intent', node, time, prune: false }) as const;
const dead = (node: string, from = 'c') => ({ kind: 'dead', node, incarnation: 1, from }) as const;

/** Knows `b` by a join intent of time 12, which has been passed on as often as it should. */
function knowing(): Harness {
  const node = new Harness();
  node.hear('b', alive('b'));
  node.hearSerf('b', join('b', 12));
  node.advance(10_000, () => node.engine.stats().intentQueue === 0);
  return node;
}

/** Whether an intent about `b` was kept for the time after the member is forgotten. */
function isKept(node: Harness): boolean {
  node.hear('c', dead('b'));
  node.command({ kind: 'force-leave', name: 'b', prune: true });
  node.hear('b', alive('b', 2));
  return node.member('b')?.statusTime !== 0;
}

describe('a fresh node', () => {
  // TestSerfStats, TestCreate_checkBroadcastQueueMetrics
  it('has clocks of 1, itself for a member, and nothing wrong with it', () => {
    const node = new Harness();
    expect(node.engine.stats()).toMatchObject({
      members: 1,
      failed: 0,
      left: 0,
      healthScore: 0,
      memberTime: 1,
      eventTime: 1,
      queryTime: 1,
      nodeQueue: 1,
      intentQueue: 0,
      eventQueue: 0,
      queryQueue: 0,
    });
  });

  // TestCreate, TestSerfProtocolVersion, TestMemberlistProtocolVersion, TestAdvertiseAddr
  it('says which versions it speaks and where it is reached', () => {
    const advertise = { ip: '127.0.0.77', port: 9000 };
    const node = new Harness({ advertise });
    expect(node.member('a')).toMatchObject({ ...advertise, versions: ownVersions });
    node.hear('b', alive('b'));
    node.advance(1000);
    const told = node.sentOf('alive').find((message) => message.node === 'a');
    expect(told).toMatchObject({
      address: Uint8Array.of(127, 0, 0, 77),
      port: 9000,
      versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
    });
  });

  // TestSerf_NumNodes, TestSerf_LocalMember
  it('counts itself, then whoever joins, and shows new tags at once', () => {
    const node = new Harness({ tags: new Map([['role', 'web']]) });
    expect(node.engine.stats().members).toBe(1);
    node.hear('b', alive('b'));
    expect(node.engine.stats().members).toBe(2);
    expect(node.member('a')).toMatchObject({ name: 'a', status: 'alive' });
    node.command({ kind: 'set-tags', tags: new Map([['foo', 'bar']]) });
    expect(node.member('a')?.tags).toEqual(new Map([['foo', 'bar']]));
  });
});

describe('the recent intents', () => {
  // TestRecentIntent
  it('take only what is newer, and forget what is old', () => {
    const intents = new RecentIntents();
    const steps = [
      ['foo', 'join', 1, 0, true],
      ['bar', 'leave', 2, 0, true],
      ['baz', 'join', 3, 2000, true],
      ['bar', 'join', 4, 0, true],
      ['bar', 'join', 0, 0, false],
      ['bar', 'join', 5, 0, true],
    ] as const;
    for (const [name, kind, time, heardAt, isTaken] of steps) {
      expect(intents.upsert(name, { kind, time, heardAt })).toBe(isTaken);
    }
    const times = () => ['foo', 'bar', 'baz', 'tubez'].map((name) => intents.get(name)?.time);
    expect(times()).toEqual([1, 5, 3, undefined]);
    intents.purge(1000);
    expect(times()).toEqual([undefined, undefined, 3, undefined]);
    intents.purge(3000);
    expect(times()).toEqual([undefined, undefined, undefined, undefined]);
  });

  // TestSerf_join_pendingIntent, TestSerf_join_pendingIntents
  it('decide how a member appears: by the later one of two', () => {
    const node = new Harness();
    node.hearSerf('b', join('one', 5));
    node.hearSerf('b', join('two', 5));
    node.hearSerf('b', leave('two', 6));
    node.hear('b', alive('one'), alive('two'));
    expect(node.member('one')).toMatchObject({ status: 'alive', statusTime: 5 });
    expect(node.member('two')).toMatchObject({ status: 'leaving', statusTime: 6 });
  });

  // TestSerf_ReapHandler
  it('are forgotten by the reaper when they are old, and kept while they are young', () => {
    const node = new Harness({ recentIntentTimeoutMs: 60_000, reapIntervalMs: 15_000 });
    node.hearSerf('b', leave('old', 5));
    node.advance(50_000);
    node.hearSerf('b', leave('young', 5));
    node.advance(30_000);
    node.hear('b', alive('old'), alive('young'));
    expect(node.member('old')).toMatchObject({ status: 'alive', statusTime: 0 });
    expect(node.member('young')).toMatchObject({ status: 'leaving', statusTime: 5 });
  });
});

describe('an intent about a member whose last one was of time 12', () => {
  // TestSerf_leaveIntent_oldMessage, TestSerf_joinIntent_oldMessage
  it.each([leave('b', 10), join('b', 10)])(
    'is neither passed on nor kept when it is of time 10: $kind',
    (intent) => {
      const node = knowing();
      node.hearSerf('c', intent);
      expect(node.engine.stats().intentQueue).toBe(0);
      expect(node.member('b')).toMatchObject({ status: 'alive', statusTime: 12 });
      expect(isKept(node)).toBe(false);
    },
  );

  // TestSerf_leaveIntent_newer
  it('makes it leaving at time 14, moves the clock to 15, is passed on and not kept', () => {
    const node = knowing();
    node.hearSerf('c', leave('b', 14));
    expect(node.member('b')).toMatchObject({ status: 'leaving', statusTime: 14 });
    expect(node.engine.stats()).toMatchObject({ intentQueue: 1, memberTime: 15 });
    expect(isKept(node)).toBe(false);
  });

  // TestSerf_joinIntent_newer
  it('moves its time to 14 and the clock to 15, is passed on and not kept', () => {
    const node = knowing();
    node.hearSerf('c', join('b', 14));
    expect(node.member('b')).toMatchObject({ status: 'alive', statusTime: 14 });
    expect(node.engine.stats()).toMatchObject({ intentQueue: 1, memberTime: 15 });
    expect(isKept(node)).toBe(false);
  });

  // TestSerf_joinIntent_resetLeaving
  it('takes a leave of time 13 back at time 14, and is passed on', () => {
    const node = knowing();
    node.hearSerf('c', leave('b', 13));
    expect(node.member('b')?.status).toBe('leaving');
    node.hearSerf('c', join('b', 14));
    expect(node.member('b')).toMatchObject({ status: 'alive', statusTime: 14 });
    expect(node.engine.stats()).toMatchObject({ intentQueue: 2, memberTime: 15 });
  });
});

describe('a member', () => {
  // TestSerf_update
  it('that comes back before it is missed, with a new tag and a lower version, is updated', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.clear();
    const meta = codec.encodeTags(new Map([['foo', 'bar']]));
    node.hear('b', alive('b', 2, { meta, versions: Uint8Array.of(1, 5, 2, 2, 5, 4) }));
    expect(node.facts('member-updated').map(({ name }) => name)).toEqual(['b']);
    expect(node.facts('member-joined')).toEqual([]);
    expect(node.member('b')).toMatchObject({
      tags: new Map([['foo', 'bar']]),
      versions: { delegateCurrent: 4 },
    });
  });

  // TestSerf_reconnect_sameIP
  it('that failed on the same IP as this node is called on at its own port', () => {
    const node = new Harness({ reconnectIntervalMs: 30_000, streamProbes: false });
    const address = Uint8Array.of(127, 0, 0, 1);
    node.hear('b', alive('b', 1, { address, port: 9000 }), dead('b'));
    node.advance(31_000);
    expect(node.exchanges().map(({ to }) => to)).toEqual([{ ...addressOf('a'), port: 9000 }]);
  });

  // TestSerf_Reap, TestRemoveOldMember
  it('that is reaped is gone alone', () => {
    const node = new Harness({ reconnectTimeoutMs: 5000, reapIntervalMs: 1000 });
    node.hear('b', alive('b'), alive('c'), alive('d'), dead('b'));
    node.now += 4000;
    node.hear('d', dead('c'));
    node.advance(3000, () => node.facts('member-reaped').length > 0);
    expect(node.facts('member-reaped').map(({ name }) => name)).toEqual(['b']);
    expect(node.member('c')?.status).toBe('failed');
    expect(node.member('d')?.memberState).toBe('alive');
  });
});

describe('the state for a push/pull', () => {
  const stateOf = (node: Harness) => {
    const { userState } = node.pushPullReply({
      kind: 'push-pull',
      join: false,
      nodes: [],
      userState: new Uint8Array(0),
    });
    // Serf's message type in front.
    expect(userState[0]).toBe(2);
    const decoded = codec.decodeSerf(userState);
    if (!decoded.ok || decoded.value.kind !== 'serf-state') throw new Error('no Serf state');
    return decoded.value;
  };

  // TestDelegate_LocalState
  it('has the clocks, every member that is there, who left, and all 512 slots of events', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    const payload = codec.encodeText('test');
    node.command({ kind: 'user-event', name: 'test', payload, coalesce: false });
    node.command({
      kind: 'query',
      name: 'foo',
      payload: new Uint8Array(0),
      filters: [],
      requestAck: false,
      relayFactor: 0,
      timeoutMs: undefined,
    });
    node.hearSerf('b', leave('b', 5));
    node.hear('b', dead('b', 'b'));
    const { memberTime, eventTime, queryTime } = node.engine.stats();
    expect([memberTime, eventTime, queryTime]).toEqual([6, 2, 2]);
    const state = stateOf(node);
    expect(state).toMatchObject({ time: memberTime, eventTime, queryTime, leftMembers: ['b'] });
    expect(state.statusTimes).toEqual(new Map([['a', 0], ['b', 5], ['c', 0]])); // prettier-ignore
    expect(state.events).toHaveLength(512);
    expect(state.events?.[1]).toEqual({ time: 1, events: [{ name: 'test', payload }] });
    node.command({ kind: 'force-leave', name: 'b', prune: true });
    expect(stateOf(node)).toMatchObject({ leftMembers: [] });
    expect(stateOf(node).statusTimes?.has('b')).toBe(false);
  });

  // TestDelegate_MergeRemoteState
  it('of another leaves intents for members that are unknown: a join of 20, a leave of 16', () => {
    const node = new Harness();
    const userState = codec.encodeSerf({
      kind: 'serf-state',
      time: 42,
      statusTimes: new Map([['test', 20], ['foo', 15]]), // prettier-ignore
      leftMembers: ['foo'],
      eventTime: 50,
      events: [{ time: 45, events: [{ name: 'test', payload: null }] }],
      queryTime: 100,
    });
    node.pushPullReply({ kind: 'push-pull', join: false, nodes: [], userState });
    const stats = { memberTime: 42, eventTime: 50, queryTime: 100 };
    expect(node.engine.stats()).toMatchObject(stats);
    expect(stateOf(node).events?.[45]?.events).toEqual([{ name: 'test', payload: null }]);
    node.hear('b', alive('test'), alive('foo'));
    expect(node.member('test')).toMatchObject({ status: 'alive', statusTime: 20 });
    expect(node.member('foo')).toMatchObject({ status: 'leaving', statusTime: 16 });
  });
});

describe('the alive filter', () => {
  // TestMemberlist_Join_Cancel_Passive
  it('that refuses everybody lets a join succeed that brings nobody', () => {
    const consults = { merge: false, alive: true, timeoutMs: 1000, acceptOnTimeout: false };
    const node = new Harness({ consults });
    const other = new Harness({ name: 'b', advertise: addressOf('b') });
    const target = addressOf('b');
    const id = node.command({ kind: 'join', targets: [target], ignoreOld: false });
    const [exchange] = node.exchanges();
    if (exchange?.request.kind !== 'push-pull') throw new Error('no push/pull was started');
    const message = other.pushPullReply(exchange.request, 'a');
    node.input({ kind: 'exchange-replied', exchange: exchange.exchange, message });
    const asked = node.outputs.filter((output) => output.kind === 'consult');
    expect(asked).toHaveLength(1);
    for (const { id: consult } of asked) {
      node.input({ kind: 'verdict', consult, verdict: { accept: false, reason: 'no' } });
    }
    expect(node.result(id)).toMatchObject({ ok: true, value: { joined: [target], failures: [] } });
    expect([...node.engine.members.keys()]).toEqual(['a']);
  });
});
