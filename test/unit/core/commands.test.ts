import { describe, expect, it } from 'vitest';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

describe('leaving', () => {
  it('says the intent, then the death by its own hand, then stays a while', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const id = node.command({ kind: 'leave' });
    expect(node.engine.localState).toBe('leaving');
    expect(node.member('a')?.status).toBe('leaving');
    node.advance(20_000, () => node.result(id) !== undefined);
    expect(node.result(id)).toEqual({ ok: true, value: { kind: 'leave', complete: true } });
    expect(node.engine.localState).toBe('left');
    expect(node.member('a')).toMatchObject({ status: 'left', nodeState: 'left' });
    expect(node.sentSerf('leave-intent')[0]).toMatchObject({ node: 'a', time: 1, prune: false });
    expect(node.sentOf('dead')[0]).toMatchObject({ node: 'a', from: 'a', incarnation: 1 });
  });

  it('alone takes no time', () => {
    const node = new Harness();
    const id = node.command({ kind: 'leave' });
    node.advance(0);
    expect(node.result(id)?.ok).toBe(true);
  });

  it('stops waiting when the last one who could be told is gone as well', () => {
    const node = new Harness({ gossipNodes: 0, probeIntervalMs: 1_000_000 });
    node.hear('b', alive('b'));
    const id = node.command({ kind: 'leave' });
    node.advance(100);
    node.hear('b', { kind: 'dead', node: 'b', incarnation: 1, from: 'b' });
    node.advance(1);
    expect(node.result(id)).toEqual({ ok: true, value: { kind: 'leave', complete: true } });
  });

  it('twice is one leave, and leaving when left is done at once', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const ids = [node.command({ kind: 'leave' }), node.command({ kind: 'leave' })];
    node.advance(20_000);
    expect(ids.map((id) => node.result(id)?.ok)).toEqual([true, true]);
    expect(node.result(node.command({ kind: 'leave' }))?.ok).toBe(true);
  });

  it('still answers pings, takes no claim back, and refuses other commands', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.command({ kind: 'leave' });
    node.hear('b', { kind: 'suspect', node: 'a', incarnation: 5, from: 'b' }, alive('a', 9));
    expect(node.member('a')?.incarnation).toBe(1);
    const id = node.command({ kind: 'set-tags', tags: new Map() });
    const result = node.result(id);
    expect(result?.ok === false && result.error.code).toBe('ERR_STATE');
  });
});

describe('a forced leave', () => {
  it('of a failed member makes it left here and tells everybody', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    node.hear('c', { kind: 'dead', node: 'b', incarnation: 1, from: 'c' });
    const id = node.command({ kind: 'force-leave', name: 'b', prune: false });
    expect(node.member('b')?.status).toBe('left');
    node.advance(5000);
    expect(node.result(id)).toEqual({ ok: true, value: { kind: 'force-leave', known: true } });
    expect(node.sentSerf('leave-intent')[0]).toMatchObject({ node: 'b', prune: false });
  });

  it('of an unknown name succeeds at once when nobody else is there, and says that it is unknown', () => {
    const node = new Harness();
    const id = node.command({ kind: 'force-leave', name: 'nobody', prune: true });
    expect(node.result(id)).toEqual({ ok: true, value: { kind: 'force-leave', known: false } });
  });

  it('whose news could not be sent often enough says so, and stands', () => {
    const node = new Harness({ gossipNodes: 0, probeIntervalMs: 1_000_000 });
    node.hear('b', alive('b'), alive('c'));
    node.hear('c', { kind: 'dead', node: 'b', incarnation: 1, from: 'c' });
    const id = node.command({ kind: 'force-leave', name: 'b', prune: false });
    node.advance(5001);
    const result = node.result(id);
    expect(result?.ok === false && result.error.code).toBe('ERR_TIMEOUT');
    expect(node.member('b')?.status).toBe('left');
  });
});

describe('setting tags', () => {
  it('takes a new incarnation, updates this node and tells everybody', () => {
    const node = new Harness({ tags: new Map([['role', 'web']]) });
    node.hear('b', alive('b'));
    const tags = new Map([['role', 'db']]);
    const id = node.command({ kind: 'set-tags', tags });
    expect(node.member('a')?.tags).toEqual(tags);
    expect(node.facts('member-updated')[0]?.previousTags.get('role')).toBe('web');
    node.advance(5000);
    expect(node.result(id)?.ok).toBe(true);
    expect(node.sentOf('alive').findLast((message) => message.node === 'a')).toMatchObject({
      incarnation: 2,
      meta: codec.encodeTags(tags),
    });
  });

  it('too large for the wire changes nothing', () => {
    const node = new Harness();
    const id = node.command({ kind: 'set-tags', tags: new Map([['x', 'y'.repeat(600)]]) });
    const result = node.result(id);
    expect(result?.ok === false && result.error).toMatchObject({
      code: 'ERR_TAGS_SIZE',
      details: { bytesMax: 512 },
    });
    expect(node.member('a')).toMatchObject({ incarnation: 1, tags: new Map() });
  });
});

describe('a name conflict about this node', () => {
  const rival = alive('a', 1, { address: Uint8Array.of(127, 0, 0, 99) });

  function vote(mine: number, theirs: number): Harness {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'), rival);
    node.advance(1000);
    const [query] = node.sentSerf('query');
    if (query === undefined) throw new Error('no vote was called');
    expect(codec.decodeText(query.payload)).toBe('a');
    for (let voter = 0; voter < mine + theirs; voter += 1) {
      const address = voter < mine ? Uint8Array.of(127, 0, 0, 1) : Uint8Array.of(127, 0, 0, 99);
      const member = {
        name: 'a',
        address,
        port: 7946,
        tags: null,
        status: 1,
        protocolMin: 1,
        protocolMax: 5,
        protocolCurrent: 2,
        delegateMin: 2,
        delegateMax: 5,
        delegateCurrent: 5,
      };
      const payload = codec.encodeSerf({ kind: 'conflict-response', member });
      const { time, id } = query;
      const response = { kind: 'query-response', time, id, flags: 0, payload } as const;
      node.hearSerf('b', { ...response, from: `voter-${voter}` });
      node.hearSerf('b', { ...response, from: `voter-${voter}` });
    }
    node.advance(60_000);
    return node;
  }

  const hasLost = (node: Harness): boolean =>
    node.outputs.some((output) => output.kind === 'name-lost');

  it('is put to the vote: the majority keeps the name, the minority gives up', () => {
    expect(hasLost(vote(2, 1))).toBe(false);
    expect(hasLost(vote(1, 2))).toBe(true);
    expect(hasLost(vote(1, 1))).toBe(true);
  });

  it('stays with the holder when nobody votes', () => {
    expect(hasLost(vote(0, 0))).toBe(false);
  });

  it('of another name is answered with what this node knows of it', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const base = {
      kind: 'query',
      time: 1,
      address: Uint8Array.of(127, 0, 0, 9),
      port: 1234,
      sourceNode: 'x',
      filters: null,
      flags: 0,
      relayFactor: 0,
      timeoutNs: 1_000_000_000,
      name: '_serf_conflict',
    } as const;
    node.hearSerf('b', { ...base, id: 5, payload: codec.encodeText('b') });
    node.hearSerf('b', { ...base, id: 6, payload: codec.encodeText('a') });
    const answers = node.sentSerf('query-response');
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({ id: 5, from: 'a' });
    const decoded = codec.decodeSerf(answers[0]?.payload ?? new Uint8Array(0));
    expect(decoded.ok && decoded.value).toMatchObject({ member: { name: 'b', status: 1 } });
  });
});

describe('taking up after a crash', () => {
  it('keeps the members without telling of them again, and speaks above the last incarnation', () => {
    const first = new Harness();
    first.hear('b', alive('b'));
    first.command({ kind: 'set-tags', tags: new Map([['role', 'web']]) });
    const second = new Harness({ resume: first.engine.checkpoint(), pushPullIntervalMs: 30_000 });
    expect(second.facts('member-joined')).toHaveLength(0);
    expect(second.member('b')?.status).toBe('alive');
    expect(second.member('a')).toMatchObject({ incarnation: 3, status: 'alive' });
    expect(second.member('a')?.tags.get('role')).toBe('web');
    second.advance(10);
    expect(second.exchanges()[0]?.to).toEqual(addressOf('b'));
  });
});
