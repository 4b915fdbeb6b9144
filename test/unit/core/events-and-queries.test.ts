import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/input.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, alive } from './harness.ts';
import { asked, heard, reply } from './query-messages.ts';

const bytes = (text: string): Uint8Array => codec.encodeText(text);
const text = (payload: Uint8Array | null | undefined): string => codec.decodeText(payload ?? null);

const event = (name: string, time: number, payload = '') =>
  ({ kind: 'user-event', name, time, payload: bytes(payload), coalesce: false }) as const;

function told(node: Harness): string[] {
  return node.outputs.flatMap((output) =>
    output.kind === 'user-event' ? [`${output.event.name}:${text(output.event.payload)}`] : [],
  );
}

describe('a user event', () => {
  const send = (payload: Uint8Array, name = 'deploy'): Command => ({
    kind: 'user-event',
    name,
    payload,
    coalesce: true,
  });

  it('is told here first, carries the event time before the tick, and spreads', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const id = node.command(send(bytes('v1')));
    expect(node.result(id)).toEqual({ ok: true, value: { kind: 'user-event', time: 1 } });
    expect(told(node)).toEqual(['deploy:v1']);
    expect(node.engine.stats().eventTime).toBe(2);
    node.advance(1000);
    expect(node.sentSerf('user-event')[0]).toMatchObject({
      time: 1,
      name: 'deploy',
      coalesce: true,
    });
  });

  it('is told once however often it comes, and passed on once', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    for (let copy = 0; copy < 5; copy += 1) node.hearSerf('b', event('deploy', 7));
    expect(told(node)).toEqual(['deploy:']);
    expect(node.engine.stats().eventQueue).toBe(1);
  });

  it('of the same time counts by name and payload', () => {
    const node = new Harness();
    for (const [name, payload] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
      ['a', '1'],
    ] as const) {
      node.hearSerf('b', event(name, 7, payload));
    }
    expect(told(node)).toEqual(['a:1', 'a:2', 'b:1']);
  });

  it('from before the window is neither told nor passed on', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', event('new', 1000));
    node.hearSerf('b', event('old', 400));
    expect(told(node)).toEqual(['new:']);
    expect(node.engine.stats().eventQueue).toBe(1);
  });

  it('that is too large is refused at the call, not queued for ever', () => {
    const refusal = (node: Harness, size: number): unknown => {
      const result = node.result(node.command(send(new Uint8Array(size), 'x')));
      return result?.ok === false ? result.error.code : result?.ok;
    };
    expect(refusal(new Harness(), 470)).toBe(true);
    expect(refusal(new Harness(), 512)).toBe('ERR_EVENT_SIZE');
    expect(refusal(new Harness({ userEventBytesMax: 9216 }), 1300)).toBe(true);
    const node = new Harness({ userEventBytesMax: 9216 });
    expect(refusal(node, 1400)).toBe('ERR_EVENT_SIZE');
    expect(node.engine.stats()).toMatchObject({ eventQueue: 0, eventTime: 1 });
  });
});

const ask = (changes: Partial<Extract<Command, { kind: 'query' }>> = {}): Command => ({
  kind: 'query',
  name: 'load',
  payload: bytes('cpu'),
  filters: [],
  requestAck: true,
  relayFactor: 0,
  timeoutMs: undefined,
  ...changes,
});

function summary(node: Harness, id: number) {
  const result = node.result(id);
  return result?.ok === true && result.value.kind === 'query' ? result.value.summary : undefined;
}

describe('asking', () => {
  it('gathers one ack and one response a member, and ends when nobody is missing', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    const id = node.command(ask());
    const query = asked(node);
    expect(query).toMatchObject({ name: 'load', flags: 1, sourceNode: 'a', port: 7946 });
    for (const from of ['a', 'b', 'c']) {
      node.hearSerf(from, reply(query, from, undefined));
      node.hearSerf(from, reply(query, from, undefined));
      expect(summary(node, id)).toBeUndefined();
      node.hearSerf(from, reply(query, from, `${from}!`));
    }
    expect(summary(node, id)).toEqual({
      expected: ['a', 'b', 'c'],
      acks: ['a', 'b', 'c'],
      responses: ['a', 'b', 'c'],
      duplicates: 3,
      end: 'answered',
    });
    const progress = node.outputs.filter((output) => output.kind === 'query-progress');
    expect(progress.map(({ from, payload }) => [from, payload && text(payload)])).toEqual(
      ['a', 'b', 'c'].flatMap((from) => [
        [from, undefined],
        [from, `${from}!`],
      ]),
    );
  });

  it('expects only those that the filters let through', () => {
    const node = new Harness();
    const meta = codec.encodeTags(new Map([['role', 'web']]));
    node.hear('b', alive('b', 1, { meta }), alive('c'), alive('d', 1, { meta }));
    const filters = [
      { kind: 'tag', tag: 'role', expression: '^w' },
      { kind: 'nodes', names: ['a', 'b', 'c'] },
    ] as const;
    const id = node.command(ask({ filters, requestAck: false }));
    node.hearSerf('b', reply(asked(node), 'b', 'yes'));
    expect(summary(node, id)).toMatchObject({ expected: ['b'], end: 'answered' });
  });

  it('ends at its deadline with what came, and takes nothing after it', () => {
    const node = new Harness({ probeIntervalMs: 1_000_000 });
    node.hear('b', alive('b'));
    const id = node.command(ask({ timeoutMs: 700 }));
    const query = asked(node);
    node.hearSerf('b', reply(query, 'b', undefined));
    node.advance(700);
    expect(summary(node, id)).toMatchObject({ acks: ['b'], responses: [], end: 'timeout' });
    node.hearSerf('b', reply(query, 'b', 'late'));
    expect(node.engine.stats().drops.late).toBe(1);
  });

  it('lasts as long as Serf has it by default', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.command(ask());
    expect(asked(node).timeoutNs).toBe(3_200_000_000);
  });

  it('can be ended by the asker, and takes answers only to its own number', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const id = node.command(ask());
    const query = asked(node);
    node.hearSerf('b', { ...reply(query, 'b', 'forged'), id: query.id + 1 });
    node.command({ kind: 'end-query', command: id });
    expect(summary(node, id)).toMatchObject({ responses: [], end: 'ended' });
  });

  it('of a ping ends with the acks', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const id = node.command(ask({ name: '_serf_ping', payload: new Uint8Array(0) }));
    const query = asked(node);
    for (const from of ['a', 'b']) node.hearSerf(from, reply(query, from, undefined));
    expect(summary(node, id)?.end).toBe('answered');
  });

  it("with one of the cluster's own names is refused", () => {
    const node = new Harness();
    for (const name of ['_serf_use-key', '_serf_x', '_serf_ping']) {
      const result = node.result(node.command(ask({ name })));
      expect(result?.ok === false && result.error.code).toBe('ERR_OPTION');
    }
  });

  it('too much at once is refused', () => {
    const node = new Harness();
    const id = node.command(ask({ payload: new Uint8Array(1100) }));
    const result = node.result(id);
    expect(result?.ok === false && result.error.code).toBe('ERR_QUERY_SIZE');
  });
});

const questions = (node: Harness) =>
  node.outputs.flatMap((output) => (output.kind === 'query' ? [output.query] : []));

describe('a query from another', () => {
  it('is told once, acknowledged if asked, answered once, and passed on', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', heard({ flags: 1 }));
    node.hearSerf('b', heard({ flags: 1 }));
    const [question] = questions(node);
    expect(questions(node)).toHaveLength(1);
    expect(question).toMatchObject({ name: 'load', from: 'b', deadlineAt: node.now + 1000 });
    const answer = { kind: 'respond', query: question?.id ?? 0, payload: bytes('0.5') } as const;
    expect(node.result(node.command(answer))?.ok).toBe(true);
    const again = node.result(node.command(answer));
    expect(again?.ok === false && again.error.code).toBe('ERR_QUERY_CLOSED');
    expect(node.sentSerf('query-response').map(({ flags }) => flags)).toEqual([1, 0]);
    expect(node.engine.stats()).toMatchObject({ queryQueue: 1, queryTime: 6 });
  });

  it('for others is passed on and not told', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const filters = [codec.encodeFilter({ kind: 'nodes', names: ['b'] })];
    node.hearSerf('b', heard({ filters, flags: 1 }));
    expect(questions(node)).toHaveLength(0);
    expect(node.sentSerf('query-response')).toHaveLength(0);
    expect(node.engine.stats().queryQueue).toBe(1);
  });

  it('that is not to be passed on is not', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', heard({ flags: 2 }));
    expect(questions(node)).toHaveLength(1);
    expect(node.engine.stats().queryQueue).toBe(0);
  });

  it('of the same time counts by its number; one from before the window is dropped', () => {
    const node = new Harness();
    node.hearSerf('b', heard({ id: 1 }));
    node.hearSerf('b', heard({ id: 2 }));
    node.hearSerf('b', heard({ id: 1 }));
    expect(questions(node)).toHaveLength(2);
    node.hearSerf('b', heard({ time: 1000 }));
    node.hearSerf('b', heard({ time: 400 }));
    expect(questions(node)).toHaveLength(3);
  });

  it('can no longer be answered after its deadline, nor with more than may be sent', () => {
    const node = new Harness();
    node.hearSerf('b', heard());
    const query = questions(node)[0]?.id ?? 0;
    const large = node.command({ kind: 'respond', query, payload: new Uint8Array(1024) });
    const refused = node.result(large);
    expect(refused?.ok === false && refused.error.code).toBe('ERR_RESPONSE_SIZE');
    node.advance(1001);
    const late = node.result(node.command({ kind: 'respond', query, payload: bytes('x') }));
    expect(late?.ok === false && late.error.code).toBe('ERR_QUERY_CLOSED');
  });

  it('with a relay factor is answered through others as well', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'), alive('d'));
    node.hearSerf('b', heard({ flags: 1, relayFactor: 2 }));
    expect(node.sentSerf('query-response')).toHaveLength(1);
    const relays = node.sentSerf('relay');
    expect(relays).toHaveLength(2);
    expect(relays[0]).toMatchObject({ destinationName: 'b', destinationPort: 7946 });
  });

  it('relayed through this node goes on to whom it is for, as it is', () => {
    const node = new Harness();
    const message = codec.encodeSerf(reply(heard(), 'c', 'hello'));
    node.hearSerf('c', {
      kind: 'relay',
      destinationAddress: Uint8Array.of(127, 0, 0, 2),
      destinationPort: 99,
      destinationZone: '',
      destinationName: 'b',
      message,
    });
    expect(node.sent.at(-1)).toEqual({
      to: { ip: '127.0.0.2', port: 99 },
      message: { kind: 'user', payload: message },
    });
  });
});
