/** Go's tests of probing, local health and suspicion timers, beyond what probing.test.ts asserts. */

import { describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../../src/core/options.ts';
import { ipToBytes } from '../../../src/model/address.ts';
import type { Ping } from '../../../src/model/message.ts';
import { openPacket } from '../../../src/wire/packet.ts';
import { Harness, addressOf, alive } from './harness.ts';

const plain = { keyring: undefined, label: '' };
const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const suspect = (node: string, from: string) =>
  ({ kind: 'suspect', node, incarnation: 1, from }) as const;
const ack = (sequence: number) => ({ kind: 'ack', sequence, payload: null }) as const;
const ping = (changes: Partial<Ping> = {}): Ping => ({
  kind: 'ping',
  sequence: 42,
  node: 'a',
  sourceAddress: new Uint8Array(0),
  sourcePort: 0,
  sourceNode: '',
  ...changes,
});

/** A node of a cluster, with a suspicion of `b` by itself that it has raised before it probes anyone. */
function suspecting(nodes: number, changes: Partial<EngineOptions>): Harness {
  const node = new Harness({ gossipNodes: 0, indirectChecks: 0, streamProbes: false, ...changes });
  node.hear('b', ...names.slice(0, nodes - 1).map((name) => alive(name)));
  node.hear('b', suspect('b', 'a'));
  return node;
}

/** How long after now `b` is declared failed. */
function failsAfter(node: Harness): number {
  const start = node.now;
  node.advance(600_000, () => node.member('b')?.nodeState === 'failed');
  return node.now - start;
}

/** Go's tests round to a millisecond and then allow for 25. */
function expectAbout(actualMs: number, expectedMs: number): void {
  expect(Math.abs(actualMs - expectedMs)).toBeLessThanOrEqual(1);
}

describe('a suspicion', () => {
  // TestMemberList_ProbeNode_Suspect_Dogpile
  it.each([
    { nodes: 2, confirmations: 0, ms: 500 },
    { nodes: 3, confirmations: 0, ms: 500 },
    { nodes: 4, confirmations: 0, ms: 500 },
    { nodes: 5, confirmations: 0, ms: 1000 },
    { nodes: 6, confirmations: 0, ms: 1000 },
    { nodes: 6, confirmations: 1, ms: 750 },
    { nodes: 6, confirmations: 2, ms: 604 },
    { nodes: 6, confirmations: 3, ms: 500 },
    { nodes: 6, confirmations: 4, ms: 500 },
  ])(
    'among $nodes nodes, confirmed by $confirmations, ends after $ms ms',
    ({ nodes, confirmations, ms }) => {
      const timing = { probeIntervalMs: 100, suspicionMult: 5, suspicionMaxTimeoutMult: 2 };
      const node = suspecting(nodes, timing);
      for (let peer = 0; peer < confirmations; peer += 1) {
        node.hear('c', suspect('b', `peer-${peer}`));
      }
      expectAbout(failsAfter(node), ms);
    },
  );

  // TestSuspicion_Timer
  it.each([
    { accusers: [], confirmed: 0, ms: 2000 },
    { accusers: ['a', 'foo'], confirmed: 1, ms: 1250 },
    { accusers: ['a', 'foo', 'foo', 'foo'], confirmed: 1, ms: 1250 },
    { accusers: ['a', 'foo', 'bar'], confirmed: 2, ms: 810 },
    { accusers: ['a', 'foo', 'bar', 'baz'], confirmed: 3, ms: 500 },
    { accusers: ['a', 'foo', 'bar', 'baz', 'zoo'], confirmed: 3, ms: 500 },
  ])(
    'that 3 can shorten ends after $ms ms with the accusers $accusers, and once only',
    ({ accusers, confirmed, ms }) => {
      const timing = { probeIntervalMs: 100, suspicionMult: 5, suspicionMaxTimeoutMult: 4 };
      const node = suspecting(6, timing);
      const start = node.now;
      for (const from of accusers) {
        node.advance(25);
        node.hear('c', suspect('b', from));
      }
      failsAfter(node);
      expectAbout(node.now - start, ms);
      const about = (kind: 'suspicion-confirmed' | 'node-failed') =>
        node.facts(kind).filter(({ name }) => name === 'b');
      expect(about('suspicion-confirmed')).toHaveLength(confirmed);
      node.hear('c', suspect('b', 'late'));
      node.advance(ms);
      expect(about('node-failed')).toHaveLength(1);
    },
  );

  // TestSuspicion_Timer_ZeroK
  it('that nobody is there to confirm lasts the least, and another accuser is no news', () => {
    const node = suspecting(3, { suspicionMult: 4, suspicionMaxTimeoutMult: 1200 });
    node.hear('c', suspect('b', 'c'));
    expect(node.facts('suspicion-confirmed')).toEqual([]);
    expect(failsAfter(node)).toBe(4000);
  });

  // TestSuspicion_Timer_Immediate
  it('that is overdue by the time it is confirmed ends at once', () => {
    const node = suspecting(3, {
      probeIntervalMs: 100,
      suspicionMult: 3,
      suspicionMaxTimeoutMult: 100,
    });
    node.advance(600);
    node.hear('c', suspect('b', 'c'));
    expect(failsAfter(node)).toBe(0);
  });
});

/** A node with four others, in the middle of its first probe. */
function probing(
  changes: Partial<EngineOptions> = {},
  versions = Uint8Array.of(1, 5, 2, 2, 5, 5),
): { readonly node: Harness; readonly target: Ping } {
  const node = new Harness(changes);
  node.hear('b', ...names.slice(0, 4).map((name) => alive(name, 1, { versions })));
  node.advance(5000, () => node.sentOf('ping').length > 0);
  const target = node.sentOf('ping')[0];
  if (target === undefined) throw new Error('no probe was started');
  return { node, target };
}

/** The relays of a probe say that they hear nothing either, all but the first `missing`. */
function nack(node: Harness, missing = 0): void {
  const asked = node.sent.filter(({ message }) => message.kind === 'indirect-ping');
  for (const { to, message } of asked.slice(missing)) {
    const sequence = message.kind === 'indirect-ping' ? message.sequence : 0;
    node.input({ kind: 'packet', from: to, messages: [{ kind: 'nack', sequence }] });
  }
}

describe('a probe', () => {
  // TestMemberList_NextSeq, TestMemberList_Probe, TestMemberList_ProbeNode
  it('has a number of its own, counted from 1, and leaves who answers alive', () => {
    const { node, target } = probing();
    expect(target.sequence).toBe(1);
    node.hear(target.node, ack(1));
    node.advance(5000, () => node.sentOf('ping').length > 1);
    expect(node.sentOf('ping').at(-1)?.sequence).toBe(2);
    expect(node.member(target.node)?.status).toBe('alive');
  });

  // TestMemberList_ProbeNode_FallbackTCP_Disabled, TestMemberList_ProbeNode_FallbackTCP_OldProtocol
  it.each([
    { streamProbes: false, versions: Uint8Array.of(1, 5, 2, 2, 5, 5) },
    { streamProbes: true, versions: Uint8Array.of(1, 2, 2, 2, 5, 5) },
  ])(
    'suspects the silent without trying a stream when told so, or who is too old for one: $streamProbes',
    ({ streamProbes, versions }) => {
      const { node, target } = probing({ streamProbes }, versions);
      node.advance(1001);
      expect(node.exchanges()).toEqual([]);
      expect(node.member(target.node)?.status).toBe('suspect');
      expect(node.sentOf('indirect-ping')).toHaveLength(3);
    },
  );

  // TestMemberList_ProbeNode_FallbackTCP
  it('that neither packets nor the stream get through suspects in its own time', () => {
    const { node, target } = probing();
    const start = node.now;
    node.advance(600);
    const exchange = node.exchanges()[0]?.exchange ?? 0;
    const failure = { reason: 'refused', text: 'connection refused' } as const;
    node.input({ kind: 'exchange-failed', exchange, failure });
    expect(node.member(target.node)?.status).toBe('alive');
    node.advance(5000, () => node.member(target.node)?.status === 'suspect');
    expect(node.now - start).toBe(1000);
  });

  // TestTCPPing
  it('takes nothing but an ack for an answer on its stream', () => {
    const { node, target } = probing();
    node.advance(600);
    const exchange = node.exchanges()[0]?.exchange ?? 0;
    node.input({ kind: 'exchange-replied', exchange, message: { kind: 'error', text: 'no' } });
    node.advance(500);
    expect(node.member(target.node)?.status).toBe('suspect');
  });

  // TestMemberlist_FailedRemote
  it('is judged by answers alone, whatever sending came to', () => {
    for (const reason of ['refused', 'unreachable', 'closed', 'timeout'] as const) {
      const { node, target } = probing();
      node.advance(600);
      const exchange = node.exchanges()[0]?.exchange ?? 0;
      node.input({ kind: 'exchange-failed', exchange, failure: { reason, text: reason } });
      node.hear('e', ack(target.sequence));
      node.advance(600);
      expect(node.facts('node-suspected')).toEqual([]);
    }
  });

  // TestMemberList_ProbeNode_Awareness_Degraded
  it('takes twice as long at a health of 1, which stays so if every relay sends its nack', () => {
    const node = new Harness();
    node.hear('b', ...names.slice(0, 4).map((name) => alive(name)), suspect('a', 'c'));
    node.advance(5000, () => node.sentOf('ping').length > 0);
    expect(node.engine.stats().healthScore).toBe(1);
    const start = node.now;
    node.advance(600);
    nack(node);
    node.advance(5000, () => node.facts('node-suspected').length > 0);
    expect(node.now - start).toBe(2000);
    expect(node.engine.stats().healthScore).toBe(1);
  });

  // TestMemberList_ProbeNode_Awareness_MissedNack
  it('of the silent costs one point of health for one nack that is missing', () => {
    const { node, target } = probing();
    node.advance(600);
    nack(node, 1);
    node.advance(500);
    expect(node.member(target.node)?.status).toBe('suspect');
    expect(node.engine.stats().healthScore).toBe(1);
  });

  // TestMemberList_ProbeNode_Awareness_OldProtocol
  it('of the silent costs one point when no relay is new enough to send a nack', () => {
    const { node, target } = probing({}, Uint8Array.of(1, 3, 2, 2, 5, 5));
    node.advance(600);
    expect(node.sentOf('indirect-ping').map((request) => request.nack)).toEqual([false, false, false]); // prettier-ignore
    node.advance(500);
    expect(node.member(target.node)?.status).toBe('suspect');
    expect(node.engine.stats().healthScore).toBe(1);
  });

  // TestMemberList_invokeAckHandler_Channel_Nack
  it('is answered by an ack that comes after a nack', () => {
    const { node, target } = probing();
    node.advance(600);
    nack(node);
    node.hear('e', ack(target.sequence));
    node.advance(600);
    expect(node.facts('node-suspected')).toEqual([]);
  });
});

describe('a probe for another', () => {
  // TestMemberList_setProbeChannels, TestMemberList_setAckHandler
  it('is over with its nack: an ack that comes later is not passed on', () => {
    const node = new Harness();
    node.hear('b', {
      ...ping({ sequence: 77, node: 'c', sourceNode: 'b' }),
      kind: 'indirect-ping',
      target: ipToBytes(addressOf('c').ip),
      port: 7946,
      nack: true,
    });
    const sequence = node.sentOf('ping')[0]?.sequence ?? 0;
    node.advance(500);
    expect(node.sentOf('nack')).toHaveLength(1);
    node.hear('c', ack(sequence));
    expect(node.sentOf('ack')).toEqual([]);
  });

  // TestMemberList_invokeAckHandler
  it('passes one ack on, and none that nobody waits for', () => {
    const node = new Harness();
    node.hear('c', ack(9));
    expect(node.sentOf('ack')).toEqual([]);
    node.hear('b', {
      ...ping({ sequence: 77, node: 'c', sourceNode: 'b' }),
      kind: 'indirect-ping',
      target: ipToBytes(addressOf('c').ip),
      port: 7946,
      nack: false,
    });
    const sequence = node.sentOf('ping')[0]?.sequence ?? 0;
    node.hear('c', ack(sequence), ack(sequence));
    expect(node.sentOf('ack')).toEqual([ack(77)]);
  });
});

describe('a ping', () => {
  // TestHandleCompoundPing
  it('is answered as often as it is in a packet', () => {
    const node = new Harness({ coordinates: false });
    node.clear();
    node.hear('b', ping(), ping(), ping());
    expect(node.sentOf('ack').map(({ sequence }) => sequence)).toEqual([42, 42, 42]);
  });

  // TestSendMsg_Piggyback
  it('is answered together with the news that waits', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.advance(10_000, () => node.engine.stats().nodeQueue === 0);
    node.hear('b', alive('r', 10));
    node.clear();
    node.hear('b', ping());
    const packet = node.outputs.find((output) => output.kind === 'send');
    // The type byte of a compound.
    expect(packet?.message[0]).toBe(7);
    const { messages } = openPacket(packet?.message ?? new Uint8Array(0), plain);
    expect(messages).toMatchObject([
      { kind: 'ack', sequence: 42 },
      { kind: 'alive', node: 'r', incarnation: 10 },
    ]);
  });

  // TestMemberList_ProbeNode_Buddy
  it('that comes with a suspicion of this node is answered, and the suspicion refuted', () => {
    const node = new Harness({ gossipNodes: 0 });
    node.hear('b', alive('b'));
    node.hear('b', ping(), suspect('a', 'b'));
    expect(node.sentOf('ack')).toHaveLength(1);
    expect(node.member('a')).toMatchObject({ status: 'alive', incarnation: 2 });
    node.clear();
    node.hear('b', ping());
    expect(node.sentOf('alive')).toContainEqual(
      expect.objectContaining({ node: 'a', incarnation: 2 }),
    );
  });

  // TestRawSendUdp_CRC
  it('and its ack carry no checksum; gossip does, to whoever is new enough', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c', 1, { versions: Uint8Array.of(1, 4, 2, 2, 5, 5) }));
    node.hear('d', ping());
    node.advance(1000);
    const sends = node.outputs.filter((output) => output.kind === 'send');
    const checksums = (name: string, kind: string): Set<boolean> =>
      new Set(
        sends
          .filter(({ to, message }) => {
            const opened = openPacket(message, plain);
            return to.ip === addressOf(name).ip && opened.messages[0]?.kind === kind;
          })
          .map(({ checksum }) => checksum),
      );
    expect(checksums('d', 'ack')).toEqual(new Set([false]));
    expect(checksums('b', 'alive')).toEqual(new Set([true]));
    expect(checksums('c', 'alive')).toEqual(new Set([false]));
  });
});
