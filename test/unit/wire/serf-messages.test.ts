import { describe, expect, it } from 'vitest';

import { codec } from '../../../src/wire/codec.ts';
import { expressionSize } from '../../../src/wire/expression-size.ts';
import { encodeFilter, readFilter } from '../../../src/wire/filters.ts';
import { serfTypes } from '../../../src/wire/message-types.ts';
import { encodeSerfMessage } from '../../../src/wire/serf-writer.ts';
import { relay, serfMessage } from './go-values.ts';
import { dialectsOf, fromHex, loadVectors, textMapOf, toHex } from './vectors.ts';
import type { GoStruct } from './vectors.ts';

interface MessageVector {
  readonly name: string;
  readonly type: number;
  readonly hex: string;
  readonly value: GoStruct | null;
}

interface RelayVector {
  readonly name: string;
  readonly hex: string;
  readonly header: GoStruct;
  readonly innerHex: string;
}

interface FilterVector {
  readonly type: number;
  readonly hex: string;
  readonly value: readonly string[] | { readonly Tag: string; readonly Expr: string };
}

interface TagsVector {
  readonly serfProtocol?: number;
  readonly decodeOnly?: boolean;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly hex: string;
  readonly decoded: Readonly<Record<string, string>> | null;
}

describe('Serf messages', () => {
  const records = loadVectors<MessageVector>('serf-messages');

  it.each(records)('writes $name byte for byte, and reads it back', (record) => {
    const message = serfMessage(record.type, record.value);
    for (const dialect of dialectsOf(record)) {
      expect(toHex(encodeSerfMessage(message, dialect))).toBe(record.hex);
    }
    expect(codec.decodeSerf(fromHex(record.hex))).toEqual({ ok: true, value: message });
  });

  it('has seen every record', () => {
    expect(records).toHaveLength(49);
    expect(records.every((record) => dialectsOf(record).length > 0)).toBe(true);
  });

  const relays = loadVectors<RelayVector>('serf-relay');

  it.each(relays)(
    'writes and reads the relay to $name, and passes its cargo on unchanged',
    (record) => {
      const message = relay(record.header, fromHex(record.innerHex));
      for (const dialect of dialectsOf(record)) {
        expect(toHex(encodeSerfMessage(message, dialect))).toBe(record.hex);
      }
      expect(codec.decodeSerf(fromHex(record.hex))).toEqual({ ok: true, value: message });
    },
  );

  const states = loadVectors<MessageVector>('serf-push-pull-live');

  it.each(states)(
    'reads the state of a live agent ($name) and writes the same',
    ({ hex, value }) => {
      const message = serfMessage(serfTypes.pushPull, value);
      const bytes = fromHex(hex);
      expect(codec.decodeSerf(bytes)).toEqual({ ok: true, value: message });
      const read = codec.decodeSerf(bytes);
      // Go writes the status times in any order; read in theirs, they are written in theirs.
      expect(read.ok ? toHex(codec.encodeSerf(read.value)) : read.reason).toBe(hex);
    },
  );

  it('has seen every relay and state', () => {
    expect(relays).toHaveLength(6);
    expect(states).toHaveLength(4);
  });

  it('says why it cannot read what is none', () => {
    const reason = (hex: string) => {
      const read = codec.decodeSerf(fromHex(hex));
      return read.ok ? read.value : read.reason;
    };
    expect(reason('')).toBe('empty');
    expect(reason('0a80')).toBe('unknown-type');
    expect(reason('01')).toBe('truncated');
    expect(reason('0105')).toBe('malformed');
    expect(reason('0181a54c54696d65ff')).toBe('malformed');
    // A time as a float: Go refuses it too.
    expect(reason('0181a54c54696d65cb4014000000000000')).toBe('malformed');
  });

  it('reads a struct that comes as an array, by declaration order', () => {
    expect(codec.decodeSerf(fromHex('009307a16ec3'))).toEqual({
      ok: true,
      value: { kind: 'leave-intent', time: 7, node: 'n', prune: true },
    });
    const query = codec.decodeSerf(fromHex('049603ce499602d2a47f000001cd61a9a173c0'));
    expect(query).toMatchObject({
      ok: true,
      value: { time: 3, id: 1_234_567_890, port: 25_001, sourceNode: 's', filters: null, name: '' },
    });
  });

  it('keeps a timeout that is negative or beyond 2^53', () => {
    const base = serfMessage(serfTypes.query, {
      LTime: 1,
      ID: 2,
      Addr: null,
      Port: 3,
      SourceNode: 's',
      Filters: null,
      Flags: 0,
      RelayFactor: 0,
      Timeout: 0,
      Name: 'n',
      Payload: null,
    });
    for (const timeoutNs of [-1, -(2 ** 40), 2n ** 62n, 2 ** 53 - 1]) {
      const query = { ...base, timeoutNs } as typeof base;
      expect(codec.decodeSerf(codec.encodeSerf(query))).toEqual({ ok: true, value: query });
    }
  });
});

describe('tags', () => {
  const records = loadVectors<TagsVector>('serf-tags');

  // What the older codec alone loses by bin is in the file once more as the newer one reads it.
  const readable = records.filter(
    (record) => dialectsOf(record).includes('new') || !record.hex.includes('c401'),
  );
  // Protocol 2 is the bare role; and the newer codec alone writes no tags as nil.
  const writable = records.filter(
    ({ decodeOnly, serfProtocol = 0, hex }) =>
      decodeOnly !== true && serfProtocol > 2 && hex !== 'ffc0',
  );

  it.each(readable)('reads $hex as Go does', ({ hex, decoded }) => {
    expect(codec.readMeta(fromHex(hex)).tags).toEqual(textMapOf(decoded) ?? new Map());
  });

  it.each(writable)('writes $hex byte for byte', ({ hex, tags = null }) => {
    expect(toHex(codec.encodeTags(textMapOf(tags) ?? new Map()))).toBe(hex);
  });

  it('has seen every record', () => {
    expect(records).toHaveLength(40);
    expect(readable).toHaveLength(38);
    expect(writable).toHaveLength(18);
  });

  it('takes meta without the magic byte for the role, as protocol 2 sends it', () => {
    expect(codec.readMeta(null).tags).toEqual(new Map([['role', '']]));
    expect(codec.readMeta(fromHex('776562')).tags).toEqual(new Map([['role', 'web']]));
    expect(codec.readMeta(fromHex('80ff')).tags).toEqual(new Map([['role', '\udc80\udcff']]));
  });

  it('keeps what it read before a map broke off, as Go does', () => {
    const tags = codec.readMeta(fromHex('ff82a161a162a163')).tags;
    expect(tags).toEqual(new Map([['a', 'b']]));
  });

  it('writes equal tags as equal bytes, and keeps a tag called __proto__', () => {
    const tags = new Map([
      ['role', 'web'],
      ['__proto__', 'x'],
    ]);
    const meta = codec.encodeTags(tags);
    expect(codec.encodeTags(new Map([...tags].toReversed()))).toEqual(meta);
    expect(codec.readMeta(meta).tags).toEqual(tags);
  });
});

describe('filters', () => {
  const records = loadVectors<FilterVector>('serf-filters');
  const nodes = (...names: string[]) => encodeFilter({ kind: 'nodes', names });
  const tag = (name: string, expression: string) =>
    encodeFilter({ kind: 'tag', tag: name, expression });
  const self = { name: 'node-a', tags: new Map([['role', 'web-frontend']]) };
  const matches = (...filters: Uint8Array[]) => codec.matchesFilters(filters, self);

  it.each(records)('writes and reads $hex', ({ hex, value }) => {
    const filter =
      'Tag' in value
        ? ({ kind: 'tag', tag: value.Tag, expression: value.Expr } as const)
        : ({ kind: 'nodes', names: value as string[] } as const);
    expect(toHex(encodeFilter(filter))).toBe(hex);
    expect(readFilter(fromHex(hex))).toEqual(filter);
  });

  it('has seen every record', () => {
    expect(records).toHaveLength(5);
  });

  it('means everybody without filters, and who fits all of them otherwise', () => {
    expect(codec.matchesFilters(null, self)).toBe(true);
    expect(matches()).toBe(true);
    expect(matches(nodes('node-b', 'node-a'))).toBe(true);
    expect(matches(nodes('node-b'))).toBe(false);
    expect(matches(nodes('node-a'), tag('role', 'web'))).toBe(true);
    expect(matches(nodes('node-a'), tag('role', 'db'))).toBe(false);
  });

  it('finds an expression anywhere in a tag, in RE2, a missing tag being empty', () => {
    expect(matches(tag('role', 'front'))).toBe(true);
    expect(matches(tag('role', '^front'))).toBe(false);
    expect(matches(tag('role', '(?i)WEB-\\w+\\z'))).toBe(true);
    expect(matches(tag('dc', '^$'))).toBe(true);
    expect(matches(tag('dc', 'east'))).toBe(false);
    expect(matches(tag('role', ''))).toBe(true);
  });

  it('is not meant by what it cannot read: bad expressions, other types, nothing at all', () => {
    for (const expression of ['(', '(?=web)', '(w)\\1', '[', '(?<!x)web', 'x'.repeat(2000)]) {
      expect(matches(tag('role', expression)), expression).toBe(false);
    }
    for (const hex of ['', '00', '01', '0105', '0280', '00a161', '0093a16101', 'ff']) {
      expect(matches(fromHex(hex)), hex).toBe(false);
    }
  });

  it('is not slowed down by an expression that would take a backtracker years', () => {
    const victim = { name: 'n', tags: new Map([['role', `${'a'.repeat(500)}!`]]) };
    const started = performance.now();
    for (const expression of [
      '(a+)+$',
      '(a|aa)+$',
      '(a*)*b',
      '((a{0,30}){0,30})$',
      '(.*)(.*)(.*)(.*)[xyz]',
      '(?:.?){1000}'.repeat(80),
      '((((.?){10}){10}){10}){10}[xyz]',
      '(?i)[\\pL\\pN]{1000}'.repeat(30),
      '('.repeat(500),
    ]) {
      codec.matchesFilters([tag('role', expression)], victim);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('measures an expression before it builds it, and takes what people write', () => {
    expect(expressionSize('^web-(a|b)[0-9]{1,3}\\.example$')).toBeLessThan(50);
    expect(expressionSize('a{1000}')).toBeGreaterThan(1000);
    expect(expressionSize('((a{10}){10}){10}')).toBeGreaterThan(1000);
    expect(expressionSize('[]{9}]\\{9}{x')).toBeLessThan(20);
    expect(matches(tag('role', '^[a-z]{3}-[a-z]{1,20}$'))).toBe(true);
    expect(matches(tag('role', '.{12}'))).toBe(true);
    expect(matches(tag('role', '.{13}'))).toBe(false);
    expect(matches(tag('role', '(?:.?){1000}'.repeat(3)))).toBe(false);
  });
});
