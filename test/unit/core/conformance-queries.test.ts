/** Go's tests of queries, internal queries and user messages, beyond what the engine's own tests assert. */

import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/input.ts';
import { internalQueries } from '../../../src/core/internal-query-names.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';
import { asked, heard } from './query-messages.ts';

const bytes = (text: string): Uint8Array => codec.encodeText(text);
const told = (node: Harness) =>
  node.outputs.flatMap((output) => (output.kind === 'query' ? [output.query] : []));

const query = (changes: Partial<Extract<Command, { kind: 'query' }>> = {}): Command => ({
  kind: 'query',
  name: 'this is too large a query',
  payload: new Uint8Array(1024),
  filters: [],
  requestAck: false,
  relayFactor: 0,
  timeoutMs: undefined,
  ...changes,
});

describe('asking', () => {
  // TestSerf_Query_sizeLimit, TestSerf_Query_sizeLimitIncreased
  it('1,024 bytes is too much, unless the limit is raised to twice that', () => {
    const refused = new Harness();
    const result = refused.result(refused.command(query()));
    expect(result?.ok === false && result.error.code).toBe('ERR_QUERY_SIZE');
    const node = new Harness({ queryBytesMax: 2048 });
    const id = node.command(query());
    expect(told(node)).toHaveLength(1);
    expect(node.result(id)).toBeUndefined();
  });

  // TestMemberList_Members
  it('expects answers of the alive and the suspected, and of nobody who failed', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'), alive('d'));
    node.hear('d', { kind: 'suspect', node: 'b', incarnation: 1, from: 'd' });
    node.hear('d', { kind: 'dead', node: 'c', incarnation: 1, from: 'd' });
    const id = node.command(query({ payload: bytes('') }));
    asked(node);
    node.command({ kind: 'end-query', command: id });
    const result = node.result(id);
    expect(result?.ok === true && result.value).toMatchObject({
      summary: { expected: ['a', 'b', 'd'] },
    });
  });

  // TestQueryParams_EncodeFilters
  it('sends its filters as they were given, nodes and tags', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const filters = [
      { kind: 'nodes', names: ['foo', 'bar'] },
      { kind: 'tag', tag: 'role', expression: '^web' },
      { kind: 'tag', tag: 'datacenter', expression: 'aws$' },
    ] as const;
    node.command(query({ payload: bytes(''), filters }));
    const sent = asked(node).filters ?? [];
    expect(sent.map((filter) => filter[0])).toEqual([0, 1, 1]);
    expect(sent).toEqual(filters.map((filter) => codec.encodeFilter(filter)));
  });
});

describe('a node called zip, a webserver in east-aws,', () => {
  const tags = new Map([['role', 'webserver'], ['datacenter', 'east-aws']]); // prettier-ignore

  // TestSerf_ShouldProcess
  it.each([
    { nodes: ['foo', 'bar', 'zip'], tag: { role: '^web', datacenter: 'aws$' }, isMeant: true },
    { nodes: ['foo', 'bar'], tag: {}, isMeant: false },
    { nodes: [], tag: { other: 'cool' }, isMeant: false },
    { nodes: [], tag: { role: 'db' }, isMeant: false },
  ])('is meant by the nodes $nodes with $tag: $isMeant', ({ nodes, tag, isMeant }) => {
    const node = new Harness({ name: 'zip', tags });
    const filters = Object.entries(tag).map(([name, expression]) =>
      codec.encodeFilter({ kind: 'tag', tag: name, expression }),
    );
    if (nodes.length > 0) filters.unshift(codec.encodeFilter({ kind: 'nodes', names: nodes }));
    node.hearSerf('b', heard({ filters }));
    expect(told(node)).toHaveLength(isMeant ? 1 : 0);
  });
});

describe('a query from another', () => {
  // TestSerf_query_oldMessage
  it('from before the window of a clock at 1,512 is not passed on', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    node.hearSerf('b', heard({ time: 1512 }));
    expect(node.engine.stats().queryQueue).toBe(1);
    node.hearSerf('b', heard({ time: 1, name: 'old' }));
    expect(node.engine.stats().queryQueue).toBe(1);
    expect(told(node).map(({ name }) => name)).toEqual(['load']);
  });

  // TestSerf_query_sameClock
  it('of one time is told and passed on once for each number, with its payload', () => {
    const node = new Harness();
    node.hear('b', alive('b'));
    const queries = [
      ['foo', 'test'],
      ['bar', 'newpayload'],
      ['baz', 'other'],
    ] as const;
    for (const [index, [name, payload]] of queries.entries()) {
      const changes = { time: 1, id: index + 1, name, payload: bytes(payload) };
      node.hearSerf('b', heard(changes));
      node.hearSerf('b', heard(changes));
    }
    expect(told(node).map(({ name, payload }) => [name, codec.decodeText(payload)])).toEqual(
      queries,
    );
    expect(node.engine.stats().queryQueue).toBe(3);
  });
});

describe('a user event', () => {
  const event = (time: number, name: string, payload: string) =>
    ({ kind: 'user-event', time, name, payload: bytes(payload), coalesce: false }) as const;

  // TestSerf_userEvent_oldMessage
  it('from before the window of a clock at 1,512 is not passed on', () => {
    const node = new Harness();
    node.hearSerf('b', event(1512, 'new', ''));
    expect(node.engine.stats().eventQueue).toBe(1);
    node.hearSerf('b', event(1, 'old', ''));
    expect(node.engine.stats().eventQueue).toBe(1);
  });

  // TestSerf_userEvent_sameClock
  it('of one time is told and passed on for each name and payload', () => {
    const node = new Harness();
    const events = [
      ['first', 'test'],
      ['first', 'newpayload'],
      ['second', 'other'],
    ] as const;
    for (const [name, payload] of events) node.hearSerf('b', event(1, name, payload));
    const seen = node.outputs.flatMap((output) =>
      output.kind === 'user-event'
        ? [[output.event.name, codec.decodeText(output.event.payload)]]
        : [],
    );
    expect(seen).toEqual(events);
    expect(node.engine.stats().eventQueue).toBe(3);
  });

  // TestTransport_Send, TestMemberlist_SendTo
  it('is taken from a packet and from a stream alike', () => {
    const node = new Harness();
    node.hearSerf('b', event(1, 'by packet', ''));
    node.input({
      kind: 'stream-request',
      stream: 1,
      from: addressOf('b'),
      message: { kind: 'user', payload: codec.encodeSerf(event(2, 'by stream', '')) },
    });
    const seen = node.outputs.flatMap((output) =>
      output.kind === 'user-event' ? [output.event.name] : [],
    );
    expect(seen).toEqual(['by packet', 'by stream']);
  });
});

describe('a query of the cluster itself', () => {
  // TestInternalQueryName
  it('has a name that starts with _serf_', () => {
    expect(internalQueries.conflict).toBe('_serf_conflict');
    expect(Object.values(internalQueries).every((name) => name.startsWith('_serf_'))).toBe(true);
  });

  // TestSerfQueries_Ping
  it('that only pings is acknowledged and not told', () => {
    const node = new Harness();
    node.hearSerf('b', heard({ name: '_serf_ping', payload: null, flags: 1 }));
    expect(told(node)).toEqual([]);
    expect(node.sentSerf('query-response').map(({ flags }) => flags)).toEqual([1]);
  });

  // TestSerfQueries_Conflict_SameName
  it('about the name of this node is neither answered nor told', () => {
    const node = new Harness();
    node.hearSerf('b', heard({ name: '_serf_conflict', payload: bytes('a') }));
    expect(told(node)).toEqual([]);
    expect(node.sentSerf('query-response')).toEqual([]);
  });

  const key = 'KfCPZAKdgHUOdb202afZfE8EbdZqj4+ReTbfJUkfKsg=';
  const keyring = (count: number) => ({
    install: () => undefined,
    use: () => undefined,
    remove: () => undefined,
    list: () => Array.from({ length: count }, () => key),
  });

  // TestSerfQueries_keyListResponseWithCorrectSize, with the primary key that every response names
  it.each([
    { installed: 0, listed: 0 },
    { installed: 1, listed: 1 },
    { installed: 18, listed: 18 },
    { installed: 20, listed: 17 },
    { installed: 40, listed: 17 },
    { installed: 43, listed: 17 },
    { installed: 50, listed: 17 },
  ])('for $installed keys is answered with $listed', ({ installed, listed }) => {
    const node = new Harness({}, { keyring: keyring(installed) });
    const payload = codec.encodeSerf({ kind: 'key-request', key: new Uint8Array(0) });
    node.hearSerf('b', heard({ name: '_serf_list-keys', payload }));
    const [answer] = node.sentSerf('query-response');
    const decoded = codec.decodeSerf(answer?.payload ?? new Uint8Array(0));
    if (!decoded.ok || decoded.value.kind !== 'key-response') throw new Error('no key response');
    expect(decoded.value.keys ?? []).toHaveLength(listed);
    const text = `truncated key list response, showing first ${listed} of ${installed} keys`;
    expect(decoded.value.message).toBe(listed < installed ? text : '');
  });

  // TestSerfQueries_keyListResponseWithCorrectSize
  it('has room for 18 keys in 1,024 bytes when it names no primary key', () => {
    const sizeOf = (keys: number, total: number): number => {
      const message =
        keys === total ? '' : `truncated key list response, showing first ${keys} of ${total} keys`;
      const payload = codec.encodeSerf({
        kind: 'key-response',
        result: false,
        message,
        keys: Array.from({ length: keys }, () => key),
        primaryKey: '',
      });
      const answer = { kind: 'query-response', time: 0, id: 0, from: '', flags: 0 } as const;
      return codec.encodeSerf({ ...answer, payload }).length;
    };
    for (const total of [50, 43, 40]) {
      expect(sizeOf(18, total)).toBeLessThanOrEqual(1024);
      expect(sizeOf(19, total)).toBeGreaterThan(1024);
    }
    expect(sizeOf(18, 18)).toBeLessThanOrEqual(1024);
  });
});
