import { describe, expect, it } from 'vitest';
import { ipToBytes } from '../../../src/model/address.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

const suspect = (node: string, incarnation: number, from = 'c') =>
  ({ kind: 'suspect', node, incarnation, from }) as const;
const dead = (node: string, incarnation: number, from = 'c') =>
  ({ kind: 'dead', node, incarnation, from }) as const;
const tagged = (text: string) => codec.encodeTags(new Map([['role', text]]));

describe('an alive claim', () => {
  it('adds a new node, tells of the join and passes it on', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    expect(node.member('b')).toMatchObject({ status: 'alive', nodeState: 'alive', incarnation: 1 });
    expect(node.facts('member-joined').map(({ name }) => name)).toEqual(['a', 'b']);
    node.advance(1000);
    expect(node.sentOf('alive').map((message) => message.node)).toContain('b');
  });

  it('at the same incarnation leaves a suspicion standing; a newer one clears it without a join', () => {
    const node = new Harness();
    node.hear('b', alive('b'), suspect('b', 1));
    node.hear('b', alive('b'));
    expect(node.member('b')?.status).toBe('suspect');
    node.clear();
    node.hear('b', alive('b', 2));
    expect(node.member('b')).toMatchObject({ status: 'alive', incarnation: 2 });
    expect(node.facts('node-refuted')).toHaveLength(1);
    expect(node.facts('member-joined')).toHaveLength(0);
    node.advance(60_000, () => node.member('b')?.status !== 'alive');
    expect(node.facts('node-failed')).toHaveLength(0);
  });

  it('at a higher incarnation does not move the time of the state', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const since = node.member('b')?.nodeStateSince;
    node.now += 10;
    node.hear('b', alive('b', 2));
    expect(node.member('b')).toMatchObject({ incarnation: 2, nodeStateSince: since });
  });

  it('with other tags is an update', () => {
    const node = new Harness();
    node.hear('b', alive('b', 1, { meta: tagged('web') }));
    node.hear('b', alive('b', 2, { meta: tagged('db') }));
    expect(node.member('b')?.tags.get('role')).toBe('db');
    const [update] = node.facts('member-updated');
    expect(update?.previousTags.get('role')).toBe('web');
  });

  it('about this node that is not its own word is refuted, and its tags are kept', () => {
    const node = new Harness({ tags: new Map([['role', 'own']]) });
    node.hear('b', alive('b'));
    node.hear('b', alive('a', 2, { meta: tagged('stranger') }));
    expect(node.member('a')).toMatchObject({ incarnation: 3 });
    expect(node.member('a')?.tags.get('role')).toBe('own');
    node.advance(1000);
    const own = node.sentOf('alive').findLast((message) => message.node === 'a');
    expect(own).toMatchObject({ incarnation: 3, meta: tagged('own') });
    expect(node.engine.stats().healthScore).toBe(1);
  });

  it('from another address is a conflict while the node is up or freshly failed', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const elsewhere = alive('b', 5, { address: ipToBytes('127.0.0.99') });
    node.hear('c', elsewhere);
    expect(node.member('b')).toMatchObject({ ip: '127.0.0.2', incarnation: 1 });
    node.hear('c', dead('b', 1), elsewhere);
    expect(node.member('b')).toMatchObject({ status: 'failed', ip: '127.0.0.2' });
    expect(node.facts('name-conflicted')).toHaveLength(2);
  });

  it('from another address is taken once the reclaim time of a failed node is over', () => {
    const node = new Harness({ deadNodeReclaimMs: 10 });
    node.hear('b', alive('b'), dead('b', 1));
    node.now += 11;
    node.hear('c', alive('b', 1, { address: ipToBytes('127.0.0.99') }));
    expect(node.member('b')).toMatchObject({ status: 'alive', ip: '127.0.0.99' });
  });

  it('from another address is taken at once if the node had left, whatever its incarnation', () => {
    const node = new Harness();
    node.hear('b', alive('b', 7), dead('b', 7, 'b'));
    expect(node.member('b')?.nodeState).toBe('left');
    node.hear('b', alive('b', 1, { address: ipToBytes('127.0.0.99') }));
    expect(node.member('b')).toMatchObject({
      nodeState: 'alive',
      ip: '127.0.0.99',
      incarnation: 1,
    });
  });

  it('of a node that could not join by push/pull is not taken', () => {
    const node = new Harness();
    const vectors = [
      null,
      Uint8Array.of(1, 5, 2),
      Uint8Array.of(0, 0, 0, 0, 0, 0),
      Uint8Array.of(5, 2, 3, 2, 5, 4),
      Uint8Array.of(1, 1, 1, 2, 5, 5),
      Uint8Array.of(1, 5, 2, 2, 5, 160),
      Uint8Array.of(1, 5, 2, 2, 4, 4),
    ];
    for (const versions of vectors) node.hear('b', alive('b', 1, { versions }));
    expect(node.engine.members.size).toBe(1);
    expect(node.engine.stats().drops['bad-versions']).toBe(vectors.length);
    node.hear('c', alive('c', 1, { versions: Uint8Array.of(1, 5, 2, 2, 5, 4) }));
    expect(node.member('c')?.status).toBe('alive');
  });

  it('from outside the allowed networks is dropped and counted', () => {
    const node = new Harness({ allowedCidrs: [['127.0.0.0', 30]] });
    node.hear('b', alive('b'), alive('z'));
    node.hear('z', alive('c'));
    expect([...node.engine.members.keys()]).toEqual(['a', 'b']);
    expect(node.engine.stats().drops['not-allowed']).toBe(2);
  });

  it('with an address of no known length is dropped and counted', () => {
    const node = new Harness();
    node.hear('b', alive('b', 1, { address: Uint8Array.of(1, 2, 3) }));
    expect(node.engine.stats().drops['bad-address']).toBe(1);
  });

  it('with more tags than a node may have is dropped and counted', () => {
    const node = new Harness();
    node.hear('b', alive('b', 1, { meta: new Uint8Array(513) }));
    expect(node.member('b')).toBeUndefined();
    expect(node.engine.stats().drops['too-large']).toBe(1);
  });

  it('beyond the bound on members is dropped and counted', () => {
    const node = new Harness({ membersMax: 2 });
    node.hear('b', alive('b'), alive('c'));
    expect(node.engine.members.size).toBe(2);
    expect(node.engine.stats().drops.overload).toBe(1);
  });
});

describe('a suspicion', () => {
  it('of an unknown node, or of an older incarnation, is ignored', () => {
    const node = new Harness();
    node.hear('c', suspect('b', 1));
    expect(node.member('b')).toBeUndefined();
    node.hear('b', alive('b', 10));
    node.hear('c', suspect('b', 9));
    expect(node.member('b')?.status).toBe('alive');
  });

  it('is passed on, and ends in a declaration of failure that is passed on', () => {
    const node = new Harness({ probeIntervalMs: 1000 });
    node.hear('b', alive('b'), alive('c'), alive('d'), alive('e'));
    node.hear('c', suspect('b', 1));
    expect(node.member('b')?.status).toBe('suspect');
    node.advance(60_000, () => node.member('b')?.status === 'failed');
    expect(node.member('b')).toMatchObject({ status: 'failed', memberState: 'failed' });
    node.advance(1000);
    expect(node.sentOf('suspect')).toContainEqual(suspect('b', 1));
    expect(node.sentOf('dead').some((message) => message.node === 'b')).toBe(true);
  });

  it('repeated by the same accuser changes nothing; by another it ends sooner', () => {
    const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const ended = (...accusers: string[]): number => {
      const node = new Harness({ gossipNodes: 0, probeIntervalMs: 1000, indirectChecks: 0 });
      node.hear('b', ...names.map((name) => alive(name)));
      const start = node.now;
      for (const from of accusers) node.hear('c', suspect('b', 1, from));
      const own = { kind: 'timer' } as const;
      // Only the suspicion's own timer is of interest: what the prober says is not heard.
      while (node.member('b')?.status === 'suspect') {
        node.now = node.engine.deadline;
        node.input(own);
      }
      const [cause] = node.facts('node-failed').map((fact) => fact.cause);
      expect(cause?.kind).toBe('suspicion-timeout');
      return node.now - start;
    };
    const alone = ended('c');
    expect(ended('c', 'c', 'c')).toBe(alone);
    expect(ended('c', 'd')).toBeLessThan(alone);
    expect(ended('c', 'd', 'e')).toBe(4000);
  });

  it('that was refuted is answered with the refutation, once in a while', () => {
    const node = new Harness();
    node.hear('b', alive('b', 3), alive('c'));
    node.clear();
    node.hear('c', suspect('b', 2), suspect('b', 2));
    expect(node.sent).toEqual([{ to: addressOf('c'), message: alive('b', 3) }]);
  });

  it('of this node is refuted with a higher incarnation, and worsens local health', () => {
    const node = new Harness();
    node.hear('b', alive('b'), suspect('a', 20));
    expect(node.member('a')).toMatchObject({ status: 'alive', incarnation: 21 });
    expect(node.engine.stats()).toMatchObject({ healthScore: 1, refutations: 1 });
    node.advance(1000);
    const own = node.sentOf('alive').findLast((message) => message.node === 'a');
    expect(own).toMatchObject({ incarnation: 21 });
  });

  it('of this node at an older incarnation needs no answer', () => {
    const node = new Harness();
    node.hear('b', alive('b'), suspect('a', 0));
    expect(node.member('a')?.incarnation).toBe(1);
  });
});

describe('a declaration of death', () => {
  it('of an unknown node, or of an older incarnation, is ignored', () => {
    const node = new Harness();
    node.hear('c', dead('b', 1));
    expect(node.member('b')).toBeUndefined();
    node.hear('b', alive('b', 10), dead('b', 1));
    expect(node.member('b')?.status).toBe('alive');
  });

  it('makes the member failed, and is told and passed on once', () => {
    const node = new Harness();
    node.hear('b', alive('b'), dead('b', 1), dead('b', 2));
    expect(node.facts('member-failed')).toHaveLength(1);
    expect(node.member('b')).toMatchObject({ status: 'failed', incarnation: 1 });
  });

  it('is not undone by an alive claim of the same incarnation', () => {
    const node = new Harness();
    node.hear('b', alive('b', 10), dead('b', 10), alive('b', 10));
    expect(node.member('b')?.status).toBe('failed');
  });

  it('of this node is refuted', () => {
    const node = new Harness();
    node.hear('b', alive('b'), dead('a', 1));
    expect(node.member('a')).toMatchObject({ status: 'alive', incarnation: 2 });
  });

  it('at the highest incarnation leaves nothing to refute with, and does not wrap around', () => {
    const node = new Harness();
    node.hear('b', alive('b'), dead('a', 0xffff_ffff));
    expect(node.member('a')?.incarnation).toBe(0xffff_ffff);
  });
});

describe('a node gone for long', () => {
  it('is forgotten by SWIM, remembered by Serf, and may then come back anywhere', () => {
    const node = new Harness({ gossipToTheDeadMs: 5000 });
    node.hear('b', alive('b'), dead('b', 1));
    node.advance(20_000);
    expect(node.member('b')).toMatchObject({ nodeState: 'unknown', status: 'failed' });
    node.hear('b', alive('b', 1, { address: ipToBytes('127.0.0.99') }));
    expect(node.member('b')).toMatchObject({ status: 'alive', ip: '127.0.0.99' });
  });

  it('hears gossip for a while, and then no more', () => {
    const node = new Harness({ gossipToTheDeadMs: 5000, probeIntervalMs: 100_000 });
    node.hear('b', alive('b'), dead('b', 1));
    node.advance(1000);
    expect(node.sent.some(({ to }) => to.ip === addressOf('b').ip)).toBe(true);
    node.advance(5000);
    node.clear();
    node.hear('c', alive('c'));
    node.advance(1000);
    expect(node.sent.some(({ to }) => to.ip === addressOf('b').ip)).toBe(false);
  });
});
