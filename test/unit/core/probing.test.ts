import { describe, expect, it } from 'vitest';
import { ipToBytes } from '../../../src/model/address.ts';
import type { Ping } from '../../../src/model/message.ts';
import { Harness, addressOf, alive } from './harness.ts';

const others = ['b', 'c', 'd', 'e'];

function probing(changes: object = {}): { readonly node: Harness; readonly ping: Ping } {
  const node = new Harness(changes);
  node.hear('b', ...others.map((name) => alive(name)));
  node.advance(5000, () => node.sentOf('ping').length > 0);
  const ping = node.sentOf('ping')[0];
  if (ping === undefined) throw new Error('no probe was started');
  return { node, ping };
}

const ack = (sequence: number) => ({ kind: 'ack', sequence, payload: null }) as const;
const nack = (sequence: number) => ({ kind: 'nack', sequence }) as const;

describe('a probe', () => {
  it('pings every other member once a round and names itself as the one to answer', () => {
    const node = new Harness();
    node.hear('b', ...others.map((name) => alive(name)));
    for (let round = 0; round < 4; round += 1) {
      const before = node.sentOf('ping').length;
      node.advance(2000, () => node.sentOf('ping').length > before);
      node.hear('b', ack(node.sentOf('ping').at(-1)?.sequence ?? 0));
    }
    expect(
      node
        .sentOf('ping')
        .map((ping) => ping.node)
        .toSorted(),
    ).toEqual(others);
    expect(node.sentOf('ping')[0]).toMatchObject({
      sourceAddress: ipToBytes(addressOf('a').ip),
      sourcePort: 7946,
      sourceNode: 'a',
    });
  });

  it('that is acknowledged in time leaves the member alive and improves local health', () => {
    const { node, ping } = probing();
    node.hear('c', { kind: 'suspect', node: 'a', incarnation: 1, from: 'c' });
    expect(node.engine.stats().healthScore).toBe(1);
    node.hear(ping.node, ack(ping.sequence));
    expect(node.engine.stats().healthScore).toBe(0);
    node.advance(900);
    expect(node.sentOf('indirect-ping')).toHaveLength(0);
    expect(node.facts('node-suspected')).toHaveLength(0);
  });

  it('that goes unanswered asks three others and a stream, and then suspects, with the evidence', () => {
    const { node, ping } = probing();
    node.advance(500);
    expect(node.sentOf('indirect-ping')).toHaveLength(3);
    expect(node.sentOf('indirect-ping')[0]).toMatchObject({ node: ping.node, nack: true });
    expect(node.exchanges()[0]).toMatchObject({ request: { kind: 'ping', node: ping.node } });
    node.advance(501);
    const [suspected] = node.facts('node-suspected');
    expect(suspected).toMatchObject({
      name: ping.node,
      from: 'a',
      cause: { kind: 'probe', report: { sequence: ping.sequence, stream: 'failed' } },
    });
    expect(node.engine.stats()).toMatchObject({ probesFailed: 1, healthScore: 3 });
  });

  it('that a relay gets through counts as answered', () => {
    const { node, ping } = probing();
    node.advance(600);
    node.hear('e', ack(ping.sequence));
    node.advance(600);
    expect(node.facts('node-suspected')).toHaveLength(0);
  });

  it('that only the stream gets through counts as answered, with a warning', () => {
    const { node, ping } = probing();
    node.advance(500);
    const exchange = node.exchanges()[0]?.exchange ?? 0;
    node.input({ kind: 'exchange-replied', exchange, message: ack(ping.sequence) });
    node.advance(600);
    expect(node.facts('node-suspected')).toHaveLength(0);
    expect(node.outputs.some((output) => output.kind === 'note')).toBe(true);
  });

  it('is not saved by an answer on the stream to another question', () => {
    const { node, ping } = probing();
    node.advance(500);
    const exchange = node.exchanges()[0]?.exchange ?? 0;
    node.input({ kind: 'exchange-replied', exchange, message: ack(ping.sequence + 1) });
    node.advance(600);
    expect(node.facts('node-suspected')).toHaveLength(1);
  });

  it('tries no stream when told so, or when the member is too old to understand it', () => {
    const off = probing({ streamProbes: false });
    off.node.advance(1100);
    expect(off.node.exchanges()).toHaveLength(0);
    const node = new Harness();
    node.hear('b', alive('b', 1, { versions: Uint8Array.of(1, 2, 2, 2, 5, 5) }));
    node.advance(3000);
    expect(node.exchanges()).toHaveLength(0);
  });

  it('costs no local health when every relay says that it has not heard either', () => {
    const { node, ping } = probing();
    node.advance(600);
    const relays = node.sent.filter(({ message }) => message.kind === 'indirect-ping');
    for (const { to } of relays) {
      node.input({ kind: 'packet', from: to, messages: [nack(ping.sequence)] });
    }
    node.advance(500);
    expect(node.facts('node-suspected')).toHaveLength(1);
    expect(node.engine.stats().healthScore).toBe(0);
  });

  it('costs one point of local health for each nack that is missing, and counts a relay once', () => {
    const { node, ping } = probing();
    node.advance(600);
    const relays = node.sent.filter(({ message }) => message.kind === 'indirect-ping');
    for (const { to } of [relays[0], relays[0], relays[1]] as typeof relays) {
      node.input({ kind: 'packet', from: to, messages: [nack(ping.sequence)] });
    }
    node.advance(500);
    expect(node.engine.stats().healthScore).toBe(1);
  });

  it('takes longer to judge when local health is bad', () => {
    const node = new Harness();
    node.hear('b', alive('b'), { kind: 'suspect', node: 'a', incarnation: 1, from: 'x' });
    node.advance(5000, () => node.sentOf('ping').length > 0);
    const start = node.now;
    node.advance(5000, () => node.facts('node-suspected').length > 0);
    expect(node.now - start).toBe(2000);
  });

  it('of a suspected member carries the suspicion, so that it can refute at once', () => {
    const node = new Harness();
    node.hear('b', alive('b'), { kind: 'suspect', node: 'b', incarnation: 1, from: 'c' });
    node.advance(5000, () => node.sentOf('ping').length > 0);
    const packet = node.outputs.findLast((output) => output.kind === 'send');
    expect(packet).toMatchObject({ to: addressOf('b'), checksum: true });
    expect(node.sentOf('suspect').at(-1)).toMatchObject({ node: 'b', incarnation: 1, from: 'a' });
  });

  it('that was under way while this process was paused ends without a verdict', () => {
    const { node } = probing();
    node.now += 5000;
    node.input({ kind: 'paused', forMs: 5000 });
    node.input({ kind: 'timer' });
    expect(node.facts('node-suspected')).toHaveLength(0);
    expect(node.engine.stats().healthScore).toBe(1);
  });
});

describe('a pause of this process', () => {
  it('gives those under suspicion as much time more', () => {
    const node = new Harness();
    node.hear('b', alive('b'), { kind: 'suspect', node: 'b', incarnation: 1, from: 'c' });
    node.now += 30_000;
    node.input({ kind: 'paused', forMs: 30_000 });
    node.input({ kind: 'timer' });
    expect(node.member('b')?.status).toBe('suspect');
  });
});

describe('a ping', () => {
  const ping = (node: string, changes: object = {}): Ping => ({
    kind: 'ping',
    sequence: 42,
    node,
    sourceAddress: new Uint8Array(0),
    sourcePort: 0,
    sourceNode: '',
    ...changes,
  });

  it('is acknowledged to where it came from, or to where it says', () => {
    const node = new Harness();
    node.hear('b', ping('a'));
    const { ip } = addressOf('c');
    node.hear('b', ping('', { sourceAddress: ipToBytes(ip), sourcePort: 99 }));
    const acks = node.sent.filter(({ message }) => message.kind === 'ack');
    expect(acks.map(({ to }) => to)).toEqual([addressOf('b'), { ip, port: 99 }]);
    expect(acks[0]?.message).toMatchObject({ kind: 'ack', sequence: 42 });
  });

  it('for another node is not answered', () => {
    const node = new Harness();
    node.hear('b', ping('somebody-else'));
    expect(node.sentOf('ack')).toHaveLength(0);
    expect(node.engine.stats().drops['bad-name']).toBe(1);
  });

  it('on a stream is answered on the stream', () => {
    const node = new Harness();
    const request = { kind: 'stream-request', stream: 5, from: addressOf('b') } as const;
    node.clear();
    node.input({ ...request, message: ping('a') });
    expect(node.outputs).toEqual([{ kind: 'stream-reply', stream: 5, message: ack(42) }]);
    node.clear();
    node.input({ ...request, message: ping('x') });
    expect(node.outputs).toEqual([{ kind: 'stream-reply', stream: 5, message: null }]);
  });
});

describe('an indirect ping', () => {
  const request = {
    kind: 'indirect-ping',
    sequence: 77,
    target: ipToBytes(addressOf('c').ip),
    port: 7946,
    node: 'c',
    nack: true,
    sourceAddress: ipToBytes(addressOf('b').ip),
    sourcePort: 7946,
    sourceNode: 'b',
  } as const;

  it('becomes a ping of this node, whose ack goes back under the number of the request', () => {
    const node = new Harness();
    node.hear('b', request);
    const relayed = node.sent.find(({ message }) => message.kind === 'ping');
    expect(relayed).toMatchObject({ to: addressOf('c'), message: { node: 'c', sourceNode: 'a' } });
    const sequence = node.sentOf('ping')[0]?.sequence ?? 0;
    node.hear('c', { kind: 'ack', sequence, payload: Uint8Array.of(1, 2) });
    const back = node.sent.find(({ message }) => message.kind === 'ack');
    expect(back).toEqual({ to: addressOf('b'), message: ack(77) });
  });

  it('that is not answered in time is answered by a nack, if one is wanted', () => {
    const node = new Harness();
    node.hear('b', request, { ...request, sequence: 78, nack: false });
    node.advance(500);
    expect(node.sentOf('nack')).toEqual([nack(77)]);
  });
});
