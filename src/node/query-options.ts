/** Whom a query is for, and how long and by which ways it is answered: read, and checked. */

import type { Command } from '../core/input.ts';
import type { QueryFilter } from '../model/serf-message.ts';
import type { WaitOptions } from './api.ts';
import type { TagsInput } from './option-values.ts';
import {
  optionError,
  parseBoolean,
  parseInteger,
  parseTagTexts,
  refuseUnknown,
} from './option-values.ts';

export interface QueryOptions extends WaitOptions {
  /** How long answers are taken. Default: Serf's formula, 3.2 s in a small LAN (`queryTimeoutMult`). */
  readonly timeoutMs?: number | undefined;
  /** Only these members are to answer. Default: all. */
  readonly nodes?: readonly string[] | undefined;
  /**
   * Only members are to answer whose tags match: a regular expression (RE2, found anywhere in the
   * value) for each tag. A tag that a member does not have counts as empty. Default: all.
   */
  readonly tags?: TagsInput | undefined;
  /** Whether members acknowledge the query as soon as they have it, before answering. Default false. */
  readonly requestAck?: boolean | undefined;
  /**
   * Through how many other members each answer comes as well, for networks that lose packets between
   * two of them. 0 to 255, default 0.
   */
  readonly relayFactor?: number | undefined;
}

type Question = Pick<
  Extract<Command, { kind: 'query' }>,
  'filters' | 'requestAck' | 'relayFactor' | 'timeoutMs'
>;

/** Longest that an answer can be waited for: an hour. */
const queryTimeoutMsMax = 60 * 60 * 1_000;

/** The format has one byte. */
const relayFactorMax = 255;

/** @throws FolkmootError `ERR_OPTION` */
export async function parseQueryOptions(options: QueryOptions): Promise<Question> {
  refuseUnknown('query', options, [
    'timeoutMs',
    'nodes',
    'tags',
    'requestAck',
    'relayFactor',
    'signal',
  ]);
  const { timeoutMs, requestAck = false, relayFactor } = options;
  return {
    filters: [...nodeFilter(options.nodes), ...(await tagFilters(options.tags))],
    requestAck: parseBoolean('requestAck', requestAck),
    relayFactor: parseRelayFactor(relayFactor),
    timeoutMs:
      timeoutMs === undefined
        ? undefined
        : parseInteger('timeoutMs', timeoutMs, { min: 1, max: queryTimeoutMsMax }),
  };
}

/** @throws FolkmootError `ERR_OPTION` */
export function parseRelayFactor(relayFactor: number | undefined): number {
  return parseInteger('relayFactor', relayFactor ?? 0, { min: 0, max: relayFactorMax });
}

function nodeFilter(nodes: unknown): readonly QueryFilter[] {
  if (nodes === undefined) return [];
  const isList = Array.isArray(nodes) && nodes.every((name) => typeof name === 'string');
  // An empty list that was computed means nobody; without a filter it would be everybody.
  if (isList && nodes.length > 0) return [{ kind: 'nodes', names: nodes }];
  throw optionError('nodes', nodes, 'Give the names of members, one at least; or leave it out.');
}

async function tagFilters(tags: TagsInput | undefined): Promise<readonly QueryFilter[]> {
  if (tags === undefined) return [];
  const expressions = parseTagTexts(tags);
  // Brings the whole of RE2 along, which most nodes never need on the main thread.
  const { isUsableExpression } = await import('../wire/filters.ts');
  return Array.from(expressions, ([tag, expression]) => {
    if (isUsableExpression(expression)) return { kind: 'tag', tag, expression };
    const remedy = 'Give a regular expression in RE2 syntax, at most 1,024 characters of it.';
    throw optionError(`tags.${tag}`, expression, remedy);
  });
}
