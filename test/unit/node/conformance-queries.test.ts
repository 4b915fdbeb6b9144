/** Go's tests of query parameters, as a user of a node gives them. */

import { describe, expect, it } from 'vitest';
import { parseQueryOptions } from '../../../src/node/query-options.ts';

describe('the options of a query', () => {
  // TestDefaultQuery
  it('are, when none is given: everybody, no acks, no relays, and the time of Serf’s formula', async () => {
    expect(await parseQueryOptions({})).toEqual({
      filters: [],
      requestAck: false,
      relayFactor: 0,
      timeoutMs: undefined,
    });
  });

  // TestQueryParams_EncodeFilters
  it('make one filter of the nodes, then one of each tag', async () => {
    const { filters } = await parseQueryOptions({
      nodes: ['foo', 'bar'],
      tags: { role: '^web', datacenter: 'aws$' },
    });
    expect(filters).toEqual([
      { kind: 'nodes', names: ['foo', 'bar'] },
      { kind: 'tag', tag: 'role', expression: '^web' },
      { kind: 'tag', tag: 'datacenter', expression: 'aws$' },
    ]);
  });
});
