import { describe, expect, it } from 'vitest';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

const join = (node: string, time: number) => ({ kind: 'join-intent', node, time }) as const;
const leave = (node: string, time: number, prune = false) =>
  ({ kind: 'leave-intent', node, time, prune }) as const;
const dead = (node: string, from = 'c') => ({ kind: 'dead', node, incarnation: 1, from }) as const;

describe('a join intent', () => {
  it('about an unknown member is kept and passed on once', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', join('x', 10));
    expect(node.engine.stats().intentQueue).toBe(1);
    node.hearSerf('b', join('x', 10));
    expect(node.engine.stats()).toMatchObject({ intentQueue: 1, memberTime: 11 });
    node.hear('b', alive('x'));
    expect(node.member('x')).toMatchObject({ status: 'alive', statusTime: 10 });
  });

  it('that is not newer than the last one accepted changes nothing', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', join('b', 12));
    node.hearSerf('b', join('b', 11));
    expect(node.member('b')?.statusTime).toBe(12);
    expect(node.engine.stats().intentQueue).toBe(1);
  });

  it('that is newer takes a leave back', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', leave('b', 9));
    expect(node.member('b')?.status).toBe('leaving');
    node.hearSerf('b', join('b', 10));
    expect(node.member('b')).toMatchObject({ status: 'alive', statusTime: 10 });
    expect(node.facts('member-stayed')).toHaveLength(1);
  });
});

describe('a leave intent', () => {
  it('about an unknown member is kept and passed on once, and makes it appear as leaving', () => {
    const node = new Harness();
    node.hearSerf('b', leave('x', 10));
    node.hearSerf('b', leave('x', 10));
    expect(node.engine.stats().intentQueue).toBe(1);
    node.hear('b', alive('x'));
    expect(node.member('x')).toMatchObject({ status: 'leaving', statusTime: 10 });
  });

  it('that is newer makes the member leaving and moves the clock past it', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', leave('b', 14));
    expect(node.member('b')).toMatchObject({ status: 'leaving', statusTime: 14 });
    expect(node.engine.stats().memberTime).toBe(15);
  });

  it('that is older than the last one accepted changes nothing and is not kept', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', join('b', 12));
    node.hearSerf('b', leave('b', 10));
    expect(node.member('b')?.status).toBe('alive');
  });

  it('then the word of SWIM makes the member left; without one it would be failed', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    node.hearSerf('b', leave('b', 5));
    node.hear('b', dead('b', 'b'), dead('c', 'c'));
    expect(node.member('b')).toMatchObject({ status: 'left', nodeState: 'left' });
    expect(node.member('c')).toMatchObject({ status: 'failed', nodeState: 'left' });
  });

  it('in the same packet as the word of SWIM is heard first', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const payload = codec.encodeSerf(leave('b', 5));
    node.hear('b', dead('b', 'b'), { kind: 'user', payload });
    expect(node.facts('member-failed')).toHaveLength(0);
    expect(node.member('b')?.status).toBe('left');
  });

  it('about a failed member makes it left, with the age of its failure', () => {
    const node = new Harness();
    node.hear('b', alive('b'), dead('b'));
    const failedAt = node.now;
    node.now += 1000;
    node.hearSerf('c', leave('b', 5));
    expect(node.member('b')).toMatchObject({ status: 'left', goneSince: failedAt });
    expect(node.facts('member-left')[0]?.forced).toBe(true);
  });

  it('about this node while it stays is answered with a newer join intent', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', leave('a', 30));
    expect(node.member('a')?.status).toBe('alive');
    node.advance(1000);
    expect(node.sentSerf('join-intent')[0]).toEqual(join('a', 31));
    expect(node.sentSerf('leave-intent')).toHaveLength(0);
  });

  it('about this node at the time of its own join intent is answered too', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', leave('a', 30));
    expect(node.member('a')?.statusTime).toBe(31);
    node.hearSerf('c', leave('a', 31));
    expect(node.member('a')?.statusTime).toBe(32);
    node.hearSerf('c', leave('a', 31));
    expect(node.member('a')?.statusTime).toBe(32);
  });

  it('that a live member may not have heard is told it again, until it objects', () => {
    const node = new Harness({ reapIntervalMs: 15_000, probeIntervalMs: 1_000_000 });
    node.hear('b', alive('b'), alive('c'));
    node.hearSerf('c', leave('b', 5));
    node.clear();
    node.advance(15_000);
    const again = node.sent.filter(({ to }) => to.ip === addressOf('b').ip);
    expect(again.at(-1)?.message).toEqual({
      kind: 'user',
      payload: codec.encodeSerf(leave('b', 5)),
    });
    node.hearSerf('b', join('b', 6));
    node.clear();
    node.advance(15_000);
    expect(node.sentSerf('leave-intent')).toHaveLength(0);
  });

  it('said twice and heard out of order ends with the member left and nothing queued', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    node.hearSerf('b', leave('b', 6));
    node.hear('b', dead('b', 'b'));
    node.hearSerf('b', leave('b', 5));
    node.hearSerf('b', leave('b', 7));
    node.advance(60_000);
    expect(node.member('b')).toMatchObject({ status: 'left', statusTime: 7 });
    expect(node.engine.stats().intentQueue).toBe(0);
  });
});

describe('a pruning intent', () => {
  it('removes a failed and a left member at once', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'), dead('b'), dead('c'));
    node.hearSerf('d', leave('c', 3));
    node.hearSerf('d', leave('b', 4, true));
    node.hearSerf('d', leave('c', 5, true));
    expect(node.facts('member-reaped').map(({ name }) => name)).toEqual(['b', 'c']);
    expect(node.engine.stats().members).toBe(1);
  });

  it('about a member that is up waits until it is gone, so that it never becomes a ghost', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('d', leave('b', 4, true));
    expect(node.member('b')?.status).toBe('leaving');
    node.hear('b', dead('b'));
    expect(node.engine.stats().members).toBe(1);
    expect(node.facts('member-reaped')).toHaveLength(1);
  });

  it('about a member that is up and objects is forgotten itself', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('d', leave('b', 4, true));
    node.hearSerf('b', join('b', 5));
    expect(node.member('b')?.status).toBe('alive');
    node.hear('b', dead('b'));
    expect(node.member('b')?.status).toBe('failed');
  });
});

describe('a Lamport time', () => {
  it('beyond the largest jump is refused and counted, and the clock stays', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', join('b', 2 ** 40));
    node.hearSerf('b', { kind: 'leave-intent', node: 'b', time: 2n ** 63n, prune: false });
    node.hearSerf('b', {
      kind: 'user-event',
      time: 2n ** 64n - 1n,
      name: 'x',
      payload: null,
      coalesce: false,
    });
    expect(node.engine.stats()).toMatchObject({ memberTime: 1, eventTime: 1 });
    expect(node.engine.stats().drops['bad-time']).toBe(3);
    expect(node.member('b')?.status).toBe('alive');
  });
});

describe('a returning member', () => {
  it('that had left is alive again, with its status time kept', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', leave('b', 5));
    node.hear('b', dead('b', 'b'));
    node.hear('b', alive('b', 2));
    expect(node.member('b')).toMatchObject({ status: 'alive', statusTime: 5 });
    expect(node.facts('member-joined').filter(({ name }) => name === 'b')).toHaveLength(2);
  });
});

describe('the reaper', () => {
  it('removes the failed and the left, each after its own time, and keeps the young', () => {
    const node = new Harness({
      reconnectTimeoutMs: 60_000,
      tombstoneTimeoutMs: 120_000,
      reapIntervalMs: 15_000,
    });
    node.hear('b', alive('b'), alive('c'), dead('b'));
    node.hearSerf('c', leave('c', 3));
    node.hear('c', dead('c', 'c'));
    node.advance(59_000);
    expect(node.facts('member-reaped')).toHaveLength(0);
    node.advance(20_000);
    expect(node.facts('member-reaped')).toMatchObject([{ name: 'b', reason: 'failed-timeout' }]);
    node.advance(60_000);
    expect(node.facts('member-reaped')[1]).toMatchObject({
      name: 'c',
      reason: 'tombstone-timeout',
    });
    expect([...node.engine.members.keys()]).toEqual(['a']);
  });
});

describe('reconnecting', () => {
  it('offers a push/pull to a failed member every interval, and never to one that left', () => {
    const node = new Harness({ reconnectIntervalMs: 30_000, streamProbes: false });
    node.hear('b', alive('b'), dead('b'));
    node.advance(31_000);
    expect(node.exchanges()).toMatchObject([{ to: { ip: '127.0.0.2' }, request: { join: true } }]);
    node.hearSerf('c', leave('b', 5));
    node.clear();
    node.advance(120_000);
    expect(node.exchanges()).toHaveLength(0);
  });
});

describe('a time of this node that others have and it has not', () => {
  const serfState = (statusTimes: ReadonlyMap<string, number>) =>
    codec.encodeSerf({
      kind: 'serf-state',
      time: 9,
      statusTimes,
      leftMembers: [],
      eventTime: 1,
      events: [],
      queryTime: 1,
    });
  const state = (userState: Uint8Array) =>
    ({ kind: 'push-pull', join: false, nodes: [], userState }) as const;

  it('is answered by a newer join intent: it may be that of a leave intent on its way here', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.pushPullReply(state(serfState(new Map([['a', 5]]))));
    expect(node.member('a')).toMatchObject({ status: 'alive', statusTime: 9 });
    node.advance(1000);
    expect(node.sentSerf('join-intent')[0]).toEqual(join('a', 9));
  });

  it('is not handed on for a member that is leaving, since receivers take it for a join', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', leave('b', 5));
    const decoded = codec.decodeSerf(node.pushPullReply(state(serfState(new Map()))).userState);
    const times = decoded.ok && decoded.value.kind === 'serf-state' && decoded.value.statusTimes;
    expect(times && [...times.keys()]).toEqual(['a']);
  });
});
