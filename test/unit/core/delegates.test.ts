import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/consults.ts';
import type { Output } from '../../../src/core/output.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';

const consults = { merge: true, alive: true, timeoutMs: 1000, acceptOnTimeout: false };
const accept: Verdict = { accept: true };
const refuse: Verdict = { accept: false, reason: 'not one of us' };

function asked(node: Harness): Extract<Output, { kind: 'consult' }>[] {
  return node.outputs.filter((output) => output.kind === 'consult');
}

function settle(node: Harness, verdict: Verdict): void {
  for (const { id } of asked(node)) node.input({ kind: 'verdict', consult: id, verdict });
}

describe('the alive filter', () => {
  it('is asked once about a node that is new, and the latest of its claims is taken', () => {
    const node = new Harness({ consults });
    node.hear('b', alive('b'), alive('b', 3), alive('b', 2));
    expect(asked(node)).toHaveLength(1);
    expect(asked(node)[0]?.consultation).toMatchObject({
      kind: 'alive',
      candidate: { name: 'b', ...addressOf('b') },
    });
    expect(node.member('b')).toBeUndefined();
    settle(node, accept);
    expect(node.member('b')).toMatchObject({ status: 'alive', incarnation: 3 });
  });

  it('is not asked about a claim that brings nothing new, and is about new tags', () => {
    const node = new Harness({ consults });
    node.hear('b', alive('b'));
    settle(node, accept);
    node.hear('b', alive('b', 2));
    expect(node.member('b')?.incarnation).toBe(2);
    expect(asked(node)).toHaveLength(1);
    node.hear('b', alive('b', 3, { meta: codec.encodeTags(new Map([['x', 'y']])) }));
    expect(asked(node)).toHaveLength(2);
  });

  it('keeps a refused node out, and counts it', () => {
    const node = new Harness({ consults });
    node.hear('b', alive('b'));
    settle(node, refuse);
    expect(node.member('b')).toBeUndefined();
    expect(node.engine.stats().drops.vetoed).toBe(1);
  });

  it('that gives no verdict in time refuses, or accepts if so chosen', () => {
    const known = (acceptOnTimeout: boolean): boolean => {
      const node = new Harness({ consults: { ...consults, acceptOnTimeout } });
      node.hear('b', alive('b'));
      node.advance(1001);
      settle(node, acceptOnTimeout ? refuse : accept);
      return node.member('b') !== undefined;
    };
    expect(known(false)).toBe(false);
    expect(known(true)).toBe(true);
  });
});

describe('the merge delegate', () => {
  const remote = (): Parameters<Harness['pushPullReply']>[0] => {
    const other = new Harness({ name: 'b', advertise: addressOf('b') });
    return other.pushPullReply({
      kind: 'push-pull',
      join: true,
      nodes: [],
      userState: new Uint8Array(0),
    });
  };
  const onlyMerge = { ...consults, alive: false };

  it('can veto a join of this node, which then fails with its reason', () => {
    const node = new Harness({ consults: onlyMerge });
    const id = node.command({ kind: 'join', targets: [addressOf('b')], ignoreOld: false });
    const exchange = node.exchanges()[0]?.exchange ?? 0;
    node.input({ kind: 'exchange-replied', exchange, message: remote() });
    expect(node.result(id)).toBeUndefined();
    expect(asked(node)[0]?.consultation).toMatchObject({ candidates: [{ name: 'b' }] });
    settle(node, refuse);
    expect(node.result(id)).toMatchObject({
      ok: true,
      value: { joined: [], failures: [{ reason: 'vetoed', text: 'not one of us' }] },
    });
    expect(node.member('b')).toBeUndefined();
  });

  it('can veto the join of another, which still gets its reply', () => {
    const node = new Harness({ consults: onlyMerge });
    expect(node.pushPullReply(remote()).nodes).toHaveLength(1);
    settle(node, refuse);
    expect(node.member('b')).toBeUndefined();
  });

  it('is not asked about a push/pull between members', () => {
    const node = new Harness({ consults: onlyMerge });
    node.pushPullReply({ ...remote(), join: false });
    expect(asked(node)).toHaveLength(0);
    expect(node.member('b')?.status).toBe('alive');
  });
});

describe('the reconnect timeout of one member', () => {
  const dead = { kind: 'dead', node: 'b', incarnation: 1, from: 'c' } as const;

  it('takes the place of the general one, until the member is back', () => {
    const node = new Harness({ reconnectTimeoutMs: 600_000 });
    node.hear('b', alive('b'), dead);
    node.command({ kind: 'keep-gone', name: 'b', forMs: 20_000 });
    node.advance(40_000);
    expect(node.facts('member-reaped')).toMatchObject([{ name: 'b' }]);
    node.hear('b', alive('b', 2), { ...dead, incarnation: 2 });
    node.advance(40_000);
    expect(node.facts('member-reaped')).toHaveLength(1);
  });

  it('of a member that is not gone is not kept', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.command({ kind: 'keep-gone', name: 'b', forMs: 0 });
    node.hear('b', dead);
    node.advance(40_000);
    expect(node.facts('member-reaped')).toHaveLength(0);
  });
});
