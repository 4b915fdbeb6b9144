import { describe, expect, it } from 'vitest';
import type { Query } from '../../../src/model/serf-message.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, alive } from './harness.ts';
import { asked, heard, reply } from './query-messages.ts';

describe('a key operation', () => {
  const response = (query: Query, from: string, answer: object) => ({
    ...reply(query, from, ''),
    payload: codec.encodeSerf({
      kind: 'key-response',
      result: true,
      message: '',
      keys: null,
      primaryKey: '',
      ...answer,
    }),
  });

  it('tells who refused, who stayed silent and whose list is cut, and ends when all have answered', () => {
    const node = new Harness();
    node.hear('b', alive('b'), alive('c'));
    const list = {
      kind: 'keys',
      operation: 'list',
      key: new Uint8Array(0),
      relayFactor: 0,
    } as const;
    const id = node.command(list);
    const query = asked(node);
    expect(query.name).toBe('_serf_list-keys');
    node.hearSerf('a', response(query, 'a', { keys: ['x', 'y'], primaryKey: 'x' }));
    node.hearSerf(
      'b',
      response(query, 'b', { keys: ['x'], primaryKey: 'x', message: 'truncated' }),
    );
    node.hearSerf('c', response(query, 'c', { result: false, message: 'no' }));
    const result = node.result(id);
    expect(result?.ok === true && result.value).toEqual({
      kind: 'keys',
      operation: 'list',
      nodes: 3,
      responses: 3,
      errors: 1,
      messages: new Map([
        ['b', 'truncated'],
        ['c', 'no'],
      ]),
      keys: new Map([
        ['x', 2],
        ['y', 1],
      ]),
      primaryKeys: new Map([['x', 2]]),
      silent: [],
      truncated: ['b'],
    });
  });

  it('without an answer from everybody names the silent', () => {
    const node = new Harness({ probeIntervalMs: 1_000_000 });
    node.hear('b', alive('b'));
    const use = {
      kind: 'keys',
      operation: 'use',
      key: new Uint8Array(16),
      relayFactor: 0,
    } as const;
    const id = node.command(use);
    const query = asked(node);
    node.hearSerf('a', response(query, 'a', {}));
    node.advance(10_000);
    const result = node.result(id);
    expect(result?.ok === true && result.value).toMatchObject({ responses: 1, silent: ['b'] });
  });
});

describe('a key query', () => {
  const keyQuery = (name: string, key = new Uint8Array(16)): Query =>
    heard({ name, payload: codec.encodeSerf({ kind: 'key-request', key }) });

  function answered(node: Harness) {
    const payload = node.sentSerf('query-response')[0]?.payload ?? new Uint8Array(0);
    const decoded = codec.decodeSerf(payload);
    return decoded.ok && decoded.value.kind === 'key-response' ? decoded.value : undefined;
  }

  it('is answered by what the keyring says, and never told to the user', () => {
    const calls: string[] = [];
    const keyring = {
      install: (key: Uint8Array) => void calls.push(`install ${key.length}`),
      use: () => 'requested key is not in the keyring',
      remove: () => undefined,
      list: () => ['primary', 'other'],
    };
    const harness = (): Harness => new Harness({}, { keyring });
    const one = harness();
    one.hearSerf('b', keyQuery('_serf_install-key'));
    expect(calls).toEqual(['install 16']);
    expect(answered(one)).toMatchObject({ result: true, message: '' });
    expect(one.outputs.filter((output) => output.kind === 'query')).toHaveLength(0);
    const two = harness();
    two.hearSerf('b', keyQuery('_serf_use-key'));
    expect(answered(two)).toMatchObject({
      result: false,
      message: expect.stringContaining('not in'),
    });
    const three = harness();
    three.hearSerf('b', keyQuery('_serf_list-keys', new Uint8Array(0)));
    expect(answered(three)).toMatchObject({ keys: ['primary', 'other'], primaryKey: 'primary' });
  });

  it('without encryption, or without a request in it, is answered with a failure', () => {
    const plain = new Harness();
    plain.hearSerf('b', keyQuery('_serf_remove-key'));
    expect(answered(plain)).toMatchObject({
      result: false,
      message: expect.stringMatching(/not enabled/),
    });
    const keyring = {
      install: () => undefined,
      use: () => undefined,
      remove: () => undefined,
      list: () => [],
    };
    // What ends a Go process is a failure here; nobody of ours could send the empty ones.
    for (const payload of [Uint8Array.of(7), Uint8Array.of(7, 0xc1), Uint8Array.of(6, 0x80)]) {
      const node = new Harness({}, { keyring });
      node.hearSerf('b', heard({ name: '_serf_use-key', payload }));
      expect(answered(node)?.result).toBe(false);
    }
  });

  it('for a list that is too long is answered with what fits, and says so', () => {
    const keys = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(44, 'k'));
    const keyring = {
      install: () => undefined,
      use: () => undefined,
      remove: () => undefined,
      list: () => keys,
    };
    const node = new Harness({}, { keyring });
    node.hearSerf('b', keyQuery('_serf_list-keys', new Uint8Array(0)));
    expect(answered(node)?.keys).toHaveLength(17);
    expect(answered(node)?.message).toBe(
      'truncated key list response, showing first 17 of 50 keys',
    );
  });
});
