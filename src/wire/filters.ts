/** A query's filters: who is meant by it. Their regular expressions are RE2, run in linear time. */

import { RE2JS } from 're2js';

import type { Tags } from '../model/member.ts';
import type { QueryFilter } from '../model/serf-message.ts';
import { expressionSize } from './expression-size.ts';
import { encodeKey, Fields } from './fields.ts';
import { limits } from './limits.ts';
import { readList, readText } from './msgpack-containers.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import { replaceInvalid } from './text.ts';
import { WireError, wireErrors } from './wire-error.ts';

const filterTypes = { nodes: 0, tag: 1 } as const;
const tagFields = new Fields('Tag', 'Expr');
const expressionKey = encodeKey('Expr');
const tagKey = encodeKey('Tag');

/** Who is asked whether it is meant. */
export interface FilterSubject {
  readonly name: string;
  readonly tags: Tags;
}

/** A filter as an element of a query's `filters`. */
export function encodeFilter(filter: QueryFilter): Uint8Array {
  const writer = new MsgpackWriter();
  switch (filter.kind) {
    case 'nodes':
      writer.byte(filterTypes.nodes);
      writer.list(filter.names.length);
      for (const name of filter.names) writer.text(name);
      break;
    case 'tag':
      writer.byte(filterTypes.tag);
      writer.map(2);
      writer.plain(expressionKey);
      writer.text(filter.expression);
      writer.plain(tagKey);
      writer.text(filter.tag);
      break;
    default:
      filter satisfies never;
  }
  return writer.finish();
}

/** Reads an element of a query's `filters`. Throws a `WireError` on what is none. */
export function readFilter(bytes: Uint8Array): QueryFilter {
  if (bytes.length === 0) throw wireErrors.empty;
  const reader = new MsgpackReader(bytes, 1);
  switch (bytes[0]) {
    case filterTypes.nodes:
      return { kind: 'nodes', names: readList(reader, readText) ?? [] };
    case filterTypes.tag:
      return readTagFilter(reader);
    default:
      throw wireErrors.unknownType;
  }
}

function readTagFilter(reader: MsgpackReader): QueryFilter {
  let tag = '';
  let expression = '';
  const shape = reader.struct();
  const count = shape < 0 ? -1 - shape : shape;
  for (let index = 0; index < count; index += 1) {
    switch (reader.field(tagFields, shape, index)) {
      case 'Expr':
        expression = reader.text();
        break;
      case 'Tag':
        tag = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return { kind: 'tag', tag, expression };
}

/** Matches filters, keeping the last {@link limits.filterCacheMax} compiled expressions. */
export class FilterMatcher {
  readonly #compiled = new Map<string, RE2JS | null>();

  /** Whether all filters hold. One that cannot be read, is of unknown type or a bad expression does not. */
  matches(filters: readonly Uint8Array[] | null, subject: FilterSubject): boolean {
    return filters === null || filters.every((filter) => this.#matchesOne(filter, subject));
  }

  #matchesOne(bytes: Uint8Array, subject: FilterSubject): boolean {
    const filter = tryReadFilter(bytes);
    if (filter === undefined) return false;
    switch (filter.kind) {
      case 'nodes':
        return filter.names.includes(subject.name);
      case 'tag':
        return this.#finds(filter.expression, subject.tags.get(filter.tag) ?? '');
      default:
        return filter satisfies never;
    }
  }

  #finds(expression: string, value: string): boolean {
    if (expression.length > limits.filterExpressionLengthMax) return false;
    const subject = replaceInvalid(value.slice(0, limits.filterSubjectLengthMax));
    return this.#compile(expression)?.matcher(subject).find() ?? false;
  }

  #compile(expression: string): RE2JS | null {
    const known = this.#compiled.get(expression);
    if (known !== undefined) return known;
    const compiled = tryCompile(expression);
    const oldest = this.#compiled.keys().next();
    if (this.#compiled.size >= limits.filterCacheMax && oldest.done !== true) {
      this.#compiled.delete(oldest.value);
    }
    this.#compiled.set(expression, compiled);
    return compiled;
  }
}

/** Whether a filter by this expression can match anything: valid RE2, and not too large. */
export function isUsableExpression(expression: string): boolean {
  return expression.length <= limits.filterExpressionLengthMax && tryCompile(expression) !== null;
}

function tryReadFilter(bytes: Uint8Array): QueryFilter | undefined {
  try {
    return readFilter(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function tryCompile(expression: string): RE2JS | null {
  if (expressionSize(expression) > limits.filterProgramMax) return null;
  try {
    const compiled = RE2JS.compile(expression);
    // The estimate may be low, and matching is what costs most.
    return compiled.programSize() > 2 * limits.filterProgramMax ? null : compiled;
  } catch {
    // Whatever the library has against it: a bad expression matches nothing.
    return null;
  }
}
