import { describe, expect, it } from 'vitest';
import { ipToBytes } from '../../../src/model/address.ts';
import type { NodeEntry, PushPull } from '../../../src/model/message.ts';
import type { SerfState } from '../../../src/model/serf-message.ts';
import { ownVersions, versionsToBytes } from '../../../src/model/versions.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

const entry = (name: string, changes: Partial<NodeEntry> = {}): NodeEntry => ({
  name,
  address: ipToBytes(addressOf(name).ip),
  port: 7946,
  meta: codec.encodeTags(new Map()),
  incarnation: 1,
  state: 0,
  versions: versionsToBytes(ownVersions),
  ...changes,
});

const serfState = (changes: Partial<SerfState> = {}): Uint8Array =>
  codec.encodeSerf({
    kind: 'serf-state',
    time: 1,
    statusTimes: new Map(),
    leftMembers: [],
    eventTime: 1,
    events: [],
    queryTime: 1,
    ...changes,
  });

const state = (nodes: NodeEntry[], userState = serfState(), join = false): PushPull => ({
  kind: 'push-pull',
  join,
  nodes,
  userState,
});

describe('a push/pull request', () => {
  it('is answered with everything known before what it brings is merged, its join flag echoed', () => {
    const node = new Harness({ tags: new Map([['role', 'web']]) });
    const reply = node.pushPullReply(state([entry('b')], serfState(), true));
    expect(reply.join).toBe(true);
    expect(reply.nodes.map(({ name }) => name)).toEqual(['a']);
    expect(node.member('b')?.status).toBe('alive');
    const again = node.pushPullReply(state([entry('b')]));
    expect(again.nodes.map(({ name }) => name)).toEqual(['a', 'b']);
    const decoded = codec.decodeSerf(again.userState);
    expect(decoded.ok && decoded.value.kind === 'serf-state' && decoded.value).toMatchObject({
      time: 1,
      leftMembers: [],
      eventTime: 1,
      queryTime: 1,
    });
    const slots = decoded.ok && decoded.value.kind === 'serf-state' && decoded.value.events;
    expect(slots).toHaveLength(512);
  });
});

describe('merging', () => {
  it('takes alive as alive, left as left, and dead or suspect only as suspicion', () => {
    const node = new Harness();
    for (const name of ['b', 'c', 'd', 'e']) node.hear(name, alive(name));
    node.pushPullReply(
      state([
        entry('b', { incarnation: 2 }),
        entry('c', { state: 1 }),
        entry('d', { state: 2 }),
        entry('e', { state: 3 }),
        entry('x', { state: 2 }),
      ]),
    );
    const states = ['b', 'c', 'd', 'e', 'x'].map((name) => node.member(name)?.nodeState);
    expect(states).toEqual(['alive', 'suspect', 'suspect', 'left', undefined]);
  });

  it('of an unknown node state skips that node and counts it', () => {
    const node = new Harness();
    node.pushPullReply(state([entry('b', { state: 9 }), entry('c')]));
    expect(node.member('b')).toBeUndefined();
    expect(node.member('c')).toBeDefined();
    expect(node.engine.stats().drops.malformed).toBe(1);
  });

  it('is refused as a whole when protocol versions do not meet', () => {
    const node = new Harness();
    const strange = entry('c', { versions: Uint8Array.of(1, 5, 2, 6, 7, 6) });
    node.pushPullReply(state([entry('b'), strange]));
    node.pushPullReply(state([entry('d'), entry('e', { versions: Uint8Array.of(1) })]));
    expect(node.engine.members.size).toBe(1);
  });

  it('moves the clocks to what the remote has seen, takes its intents and its events', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    node.hearSerf('c', { kind: 'leave-intent', node: 'c', time: 3, prune: false });
    node.pushPullReply(
      state(
        [],
        serfState({
          time: 42,
          eventTime: 50,
          queryTime: 100,
          statusTimes: new Map([
            ['c', 20],
            ['x', 15],
          ]),
          leftMembers: ['x'],
          events: [null, { time: 45, events: [{ name: 'test', payload: null }] }],
        }),
      ),
    );
    expect(node.engine.stats()).toMatchObject({ memberTime: 42, eventTime: 50, queryTime: 100 });
    expect(node.member('c')).toMatchObject({ status: 'alive', statusTime: 20 });
    node.hear('x', alive('x'));
    expect(node.member('x')).toMatchObject({ status: 'leaving', statusTime: 16 });
    const reply = node.pushPullReply(state([]));
    const decoded = codec.decodeSerf(reply.userState);
    const events = decoded.ok && decoded.value.kind === 'serf-state' ? decoded.value.events : [];
    expect(events?.[45]).toEqual({ time: 45, events: [{ name: 'test', payload: null }] });
  });

  it('of a Serf state that is none keeps the members', () => {
    const node = new Harness();
    node.pushPullReply(state([entry('b')], Uint8Array.of(99)));
    node.pushPullReply(state([entry('c')], new Uint8Array(0)));
    expect(node.engine.members.size).toBe(3);
  });
});

describe('joining', () => {
  const target = addressOf('b');

  it('exchanges states, then announces itself at the present member time', () => {
    const node = new Harness();
    const id = node.command({ kind: 'join', targets: [target], ignoreOld: false });
    const [exchange] = node.exchanges();
    expect(exchange).toMatchObject({ to: target, expectsReply: true, request: { join: true } });
    node.input({
      kind: 'exchange-replied',
      exchange: exchange?.exchange ?? 0,
      message: state([entry('b')], serfState({ time: 9 }), true),
    });
    expect(node.result(id)).toEqual({
      ok: true,
      value: { kind: 'join', joined: [target], failures: [] },
    });
    node.advance(1000);
    expect(node.sentSerf('join-intent')[0]).toEqual({ kind: 'join-intent', node: 'a', time: 9 });
  });

  it('tells of each target that failed, and why', () => {
    const node = new Harness();
    const targets = ['b', 'c', 'd', 'e'].map(addressOf);
    const id = node.command({ kind: 'join', targets, ignoreOld: false });
    const [one, two, three, four] = node.exchanges().map(({ exchange }) => exchange);
    const failure = { reason: 'refused', text: 'connection refused' } as const;
    node.input({ kind: 'exchange-failed', exchange: one ?? 0, failure });
    const message = { kind: 'error', text: 'no' } as const;
    node.input({ kind: 'exchange-replied', exchange: two ?? 0, message });
    const strange = entry('d', { versions: Uint8Array.of(9, 9, 9, 9, 9, 9) });
    node.input({ kind: 'exchange-replied', exchange: three ?? 0, message: state([strange]) });
    expect(node.result(id)).toBeUndefined();
    const taken = entry('a', { address: ipToBytes('127.0.0.99') });
    node.input({ kind: 'exchange-replied', exchange: four ?? 0, message: state([taken]) });
    const result = node.result(id);
    const failures = result?.ok === true && result.value.kind === 'join' && result.value.failures;
    expect(failures && failures.map(({ reason }) => reason)).toEqual([
      'refused',
      'remote-error',
      'incompatible',
      'name-taken',
    ]);
    expect(node.engine.members.size).toBe(1);
  });

  it('that ignores old events takes none from before', () => {
    const joined = (ignoreOld: boolean): unknown => {
      const node = new Harness();
      node.command({ kind: 'join', targets: [target], ignoreOld });
      const events = [{ time: 4, events: [{ name: 'old', payload: null }] }];
      node.input({
        kind: 'exchange-replied',
        exchange: node.exchanges()[0]?.exchange ?? 0,
        message: state([entry('b')], serfState({ eventTime: 5, events }), true),
      });
      const decoded = codec.decodeSerf(node.pushPullReply(state([])).userState);
      return decoded.ok && decoded.value.kind === 'serf-state' && decoded.value.events?.[4];
    };
    expect(joined(true)).toBeNull();
    expect(joined(false)).not.toBeNull();
  });
});

describe('an event that overtakes the answer to a join', () => {
  const old = { kind: 'user-event', time: 4, name: 'old', payload: null, coalesce: false } as const;
  const fresh = { ...old, time: 5, name: 'fresh' };

  function toldAfterJoin(ignoreOld: boolean): string[] {
    const node = new Harness();
    const told = (): string[] =>
      node.outputs.flatMap((output) => (output.kind === 'user-event' ? [output.event.name] : []));
    node.command({ kind: 'join', targets: [addressOf('b')], ignoreOld });
    node.hearSerf('c', old);
    node.hearSerf('c', fresh);
    expect(told()).toEqual(ignoreOld ? [] : ['old', 'fresh']);
    const message = state([entry('b')], serfState({ eventTime: 5 }), true);
    node.input({
      kind: 'exchange-replied',
      exchange: node.exchanges()[0]?.exchange ?? 0,
      message,
    });
    return told();
  }

  it('waits for it if old events are to be ignored, and is then old or news', () => {
    expect(toldAfterJoin(true)).toEqual(['fresh']);
    expect(toldAfterJoin(false)).toEqual(['old', 'fresh']);
  });

  it('is news after a join that came to nothing', () => {
    const node = new Harness();
    node.command({ kind: 'join', targets: [addressOf('b')], ignoreOld: true });
    node.hearSerf('c', old);
    const failure = { reason: 'refused', text: 'no' } as const;
    node.input({ kind: 'exchange-failed', exchange: node.exchanges()[0]?.exchange ?? 0, failure });
    expect(node.outputs.filter(({ kind }) => kind === 'user-event')).toHaveLength(1);
    expect(node.engine.stats().eventQueue).toBe(1);
  });
});

describe('an extra push/pull', () => {
  const names = Array.from({ length: 20 }, (_, index) => String.fromCodePoint(98 + index));

  it('follows soon when many join at once, and again with growing distance', () => {
    const node = new Harness({ pushPullIntervalMs: 1_000_000, streamProbes: false });
    node.hear('b', ...names.slice(0, 10).map((name) => alive(name)));
    node.advance(260);
    expect(node.exchanges()).toHaveLength(1);
    node.hear('b', ...names.slice(10).map((name) => alive(name)));
    node.advance(240);
    expect(node.exchanges()).toHaveLength(1);
    node.advance(260);
    expect(node.exchanges()).toHaveLength(2);
  });

  it('is not made for one newcomer, nor for what a push/pull has just brought', () => {
    const node = new Harness({ pushPullIntervalMs: 1_000_000, streamProbes: false });
    node.pushPullReply(state(names.map((name) => entry(name))));
    node.hear('b', alive('z'));
    node.advance(900);
    expect(node.exchanges()).toHaveLength(0);
  });
});
