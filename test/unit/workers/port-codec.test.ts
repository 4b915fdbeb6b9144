import { describe, expect, it } from 'vitest';

import type { Member } from '../../../src/model/member.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import { PortCodec } from '../../../src/workers/port-codec.ts';
import type { ToHost, Turn } from '../../../src/workers/port-protocol.ts';

const member: Member = {
  name: '__proto__',
  ip: '::ffff:10.0.0.1',
  port: 7946,
  tags: new Map([
    ['__proto__', 'constructor'],
    ['naïve', '🏔'],
  ]),
  status: 'suspect',
  nodeState: 'suspect',
  memberState: 'alive',
  incarnation: 2 ** 32 - 1,
  statusTime: Number.MAX_SAFE_INTEGER,
  versions: ownVersions,
  nodeStateSince: 1_700_000_000_000.125,
  goneSince: undefined,
  meta: Uint8Array.of(255, 0, 1),
};

const turn: Turn = {
  kind: 'turn',
  number: 3,
  checkpoint: { members: [member], memberTime: 1, eventTime: 2 ** 40, queryTime: 3 },
  facts: [
    {
      kind: 'node-joined',
      name: 'a',
      at: 0.5,
      cause: { kind: 'gossip', via: '[::1]:7946' },
      incarnation: 0,
      address: { ip: '::1', port: 1 },
      meta: new Uint8Array(0),
      tags: new Map(),
      versions: ownVersions,
    },
    { kind: 'member-failed', name: 'a', at: 1, cause: { kind: 'consequence' } },
  ],
  messages: [
    {
      facts: 1,
      message: { kind: 'query-progress', id: 1, from: 'b', payload: undefined },
    },
  ],
  clocks: { memberTime: 1, eventTime: 2, queryTime: 3 },
  answers: [
    {
      id: 1,
      result: { ok: false, error: { code: 'ERR_STATE', message: 'm', details: { state: 'left' } } },
    },
    { id: 2, result: { ok: true, value: { kind: 'leave', complete: true } } },
  ],
  notes: [{ level: 'warn', text: 't', fields: { count: 1, error: new Error('why') } }],
  nameLost: undefined,
};

describe('the codec of the port', () => {
  it('carries a turn unchanged: maps, bytes, what is undefined, and numbers of any size', () => {
    const carried = new PortCodec().decode(new PortCodec().encode(turn));
    expect(carried).toStrictEqual(turn);
  });

  it('carries messages that do not know of each other', () => {
    const [encoder, decoder] = [new PortCodec(), new PortCodec()];
    const messages: readonly ToHost[] = [
      turn,
      { kind: 'started', bound: { ip: '::1', port: 1 }, advertised: { ip: '::1', port: 2 } },
      { ...turn, checkpoint: undefined, facts: [] },
    ];
    const encoded = messages.map((message) => encoder.encode(message));
    expect(decoder.decode(encoded[2] as Uint8Array)).toStrictEqual(messages[2]);
    expect(new PortCodec().decode(encoded[1] as Uint8Array)).toStrictEqual(messages[1]);
  });

  it('keeps no message alive by the bytes of a member', () => {
    const carried = new PortCodec().decode(new PortCodec().encode(turn)) as Turn;
    const meta = carried.checkpoint?.members[0]?.meta;
    expect(meta?.buffer.byteLength).toBe(3);
    expect(meta?.constructor).toBe(Uint8Array);
  });
});
