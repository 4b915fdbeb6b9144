import { describe, expect, expectTypeOf, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import { defineEvent, defineQuery } from '../../../src/node/definitions.ts';
import { encodeFor } from '../../../src/node/payload-codec.ts';
import type { StandardSchema } from '../../../src/node/payload-codec.ts';
import { aVersion, numberInText } from './schemas.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('a definition without a codec', () => {
  it('carries any JSON, of unknown type', () => {
    const event = defineEvent('deploy');
    expect(text(event.encode({ version: '1' }))).toBe('{"version":"1"}');
    expect(event.decode(utf8('[1,null]'))).toEqual([1, null]);
    expectTypeOf(event.decode(utf8('1'))).toEqualTypeOf<unknown>();
  });

  it('reads an empty payload as undefined, and writes undefined as one', () => {
    const event = defineEvent('deploy');
    expect(event.encode(undefined)).toHaveLength(0);
    expect(event.decode(new Uint8Array(0))).toBeUndefined();
  });

  it.each(['{', 'nope', '"open'])('does not take %s', (payload) => {
    expect(() => defineEvent('deploy').decode(utf8(payload))).toThrow(SyntaxError);
  });

  it('does not take what is not UTF-8', () => {
    expect(() => defineEvent('deploy').decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(TypeError);
  });
});

describe('a codec', () => {
  it('has the bytes to itself, both ways', () => {
    const blob = defineEvent('blob', {
      encode: (value: readonly number[]) => Uint8Array.from(value),
      decode: (payload) => [...payload],
    });
    expect(blob.decode(blob.encode([1, 2]))).toEqual([1, 2]);
    expectTypeOf(blob.decode).returns.toEqualTypeOf<number[]>();
  });

  it('may write a text, or leave the writing to JSON', () => {
    const upper = { decode: (payload: Uint8Array) => text(payload).toUpperCase() };
    expect(text(defineEvent('a', { ...upper, encode: (v: string) => v }).encode('x'))).toBe('x');
    expect(text(defineEvent('a', upper).encode('x'))).toBe('"x"');
  });
});

describe('a schema', () => {
  it('checks the JSON that comes in and says what it takes', () => {
    const event = defineEvent('deploy', aVersion);
    expect(event.decode(utf8('{"version":"1"}'))).toEqual({ version: '1' });
    expect(() => event.decode(utf8('{"version":1}'))).toThrow('version: not a text');
    expectTypeOf(event.encode).parameter(0).toEqualTypeOf<{ readonly version: string }>();
  });

  it('may make something else of what goes in', () => {
    const event = defineEvent('count', numberInText);
    expect(event.decode(event.encode('42'))).toBe(42);
    expectTypeOf(event.encode).parameter(0).toEqualTypeOf<string>();
    expectTypeOf(event.decode).returns.toEqualTypeOf<number>();
  });

  // A promise of another library, as far as a payload can tell.
  class Thenable {
    // oxlint-disable-next-line unicorn/no-thenable -- this is what is tested
    then(): void {}
  }

  it.each([
    ['a promise', () => Promise.reject(new Error('nobody hears this'))],
    ['something like one', () => new Thenable()],
  ])('that answers by %s is refused: order comes first', (_, answer) => {
    const validate = answer as StandardSchema<string>['~standard']['validate'];
    const event = defineEvent('slow', { '~standard': { version: 1, vendor: 'test', validate } });
    expect(() => event.decode(utf8('"x"'))).toThrow('promise');
  });
});

describe('a definition', () => {
  it('of a query has a codec each way', () => {
    const load = defineQuery('load', { request: aVersion, response: numberInText });
    expectTypeOf(load.request.encode).parameter(0).toEqualTypeOf<{ readonly version: string }>();
    expectTypeOf(load.response.decode).returns.toEqualTypeOf<number>();
    expect(load.response.decode(utf8('"7"'))).toBe(7);
    expect(defineQuery('ping').request.decode(utf8('1'))).toBe(1);
  });

  it('cannot be changed, nor have a name of the cluster itself', () => {
    expect(Object.isFrozen(defineEvent('a'))).toBe(true);
    expect(() => defineQuery('_serf_ping')).toThrow(FolkmootError);
    expect(() => defineEvent(7 as never)).toThrow(FolkmootError);
  });

  it('does not write what it could not read itself', () => {
    const refused = (): unknown =>
      encodeFor('event deploy', defineEvent('deploy', aVersion), { version: 1 } as never);
    expect(refused).toThrow('does not fit its definition: version: not a text');
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(() => encodeFor('event x', defineEvent('x'), circular)).toThrow(FolkmootError);
  });
});
