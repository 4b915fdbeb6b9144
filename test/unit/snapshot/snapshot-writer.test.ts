/** What goes into a snapshot file, and that it reads back as what is known. */

import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import { replaySnapshot } from '../../../src/snapshot/snapshot-replay.ts';
import { SnapshotWriter, pendingUnitsMax } from '../../../src/snapshot/snapshot-writer.ts';
import {
  addresses,
  at,
  failed,
  joined,
  left,
  plain,
  replayOptions,
  replayed,
  text,
} from './world.ts';

const about = { at: 0, cause: { kind: 'checkpoint' } } as const;

describe('the writer of a snapshot', () => {
  it('writes members as Serf does: those that come, leave and fail', () => {
    const writer = fresh();
    tell(writer, joined('a', at(1)), joined('b', { ip: '::1', port: 2 }), left('a'), failed('b'));
    expect(writer.take()).toBe(
      'alive: a 127.0.0.1:1\nalive: b [::1]:2\nnot-alive: a\nnot-alive: b\n',
    );
  });

  it('writes nothing for suspicions, new tags and intents', () => {
    const writer = fresh();
    const facts: readonly Fact[] = [
      { kind: 'node-suspected', name: 'a', ...about, incarnation: 1, from: 'b' },
      { kind: 'member-updated', name: 'a', ...about, previousTags: new Map() },
      { kind: 'member-leaving', name: 'a', ...about, statusTime: 3 },
      { kind: 'member-reaped', name: 'b', ...about, reason: 'failed-timeout' },
    ];
    tell(writer, facts);
    expect(writer.hasPending).toBe(false);
  });

  it('forgets a member that was pruned before it was gone', () => {
    const writer = fresh();
    tell(writer, joined('a', at(1)));
    tell(writer, [{ kind: 'member-reaped', name: 'a', ...about, reason: 'prune' }]);
    expect(writer.take()).toBe('alive: a 127.0.0.1:1\nnot-alive: a\n');
  });

  it('writes where a member is now, if it moved', () => {
    const writer = fresh();
    tell(writer, joined('a', at(1)));
    writer.take();
    const [claim] = joined('a', at(2));
    tell(writer, [{ ...(claim as Fact & { kind: 'node-joined' }), kind: 'node-refreshed' }]);
    expect(writer.take()).toBe('alive: a 127.0.0.1:2\n');
  });

  it('writes a clock when it moves on, and never back', () => {
    const writer = fresh();
    writer.seen({ memberTime: 0, eventTime: 0, queryTime: 0 });
    writer.seen({ memberTime: 3, eventTime: 0, queryTime: 9 });
    writer.seen({ memberTime: 3, eventTime: 1, queryTime: 8 });
    expect(writer.take()).toBe('clock: 3\nquery-clock: 9\nevent-clock: 1\n');
  });

  it('writes no clock that an earlier run wrote', () => {
    const writer = fresh('clock: 7\nevent-clock: 5\nquery-clock: 5\n');
    writer.seen({ memberTime: 1, eventTime: 5, queryTime: 6 });
    expect(writer.take()).toBe('query-clock: 6\n');
  });

  it('records nothing but the member clock after a leave', () => {
    const writer = fresh();
    tell(writer, joined('a', at(1)));
    writer.leave();
    writer.leave();
    tell(writer, joined('b', at(2)), left('a'));
    writer.seen({ memberTime: 4, eventTime: 5, queryTime: 6 });
    expect(writer.take()).toBe('alive: a 127.0.0.1:1\nleave\nclock: 4\n');
  });

  it('leaves out names that would forge lines, and counts them', () => {
    const writer = fresh();
    tell(writer, joined('a\nalive: victim 6.6.6.6:6', at(1)), joined('b', at(2)));
    tell(writer, failed('a\nalive: victim 6.6.6.6:6'));
    expect(writer.take()).toBe('alive: b 127.0.0.1:2\n');
    expect(writer.refused).toBe(1);
  });

  it('records a bounded number of members, and counts the others', () => {
    const writer = new SnapshotWriter(replaySnapshot(new Uint8Array(0), replayOptions), {
      rejoinAfterLeave: false,
      nodesMax: 1,
    });
    tell(writer, joined('a', at(1)), joined('b', at(2)), failed('a'), joined('c', at(3)));
    expect(addresses(writer.nodes)).toEqual({ c: '127.0.0.1:3' });
    expect(replayed(text.encode(writer.take())).nodes).toEqual({ c: '127.0.0.1:3' });
    expect(writer.refused).toBe(1);
  });

  it('goes on from a checkpoint with what the file missed', () => {
    const writer = fresh('alive: a 127.0.0.1:1\nalive: b 127.0.0.1:2\nalive: c 127.0.0.1:3\n');
    writer.resume([
      member('a', 1, 'alive'),
      member('b', 2, 'failed'),
      member('c', 4, 'leaving'),
      member('d', 5, 'alive'),
      member('e', 6, 'left'),
    ]);
    expect(writer.take()).toBe('not-alive: b\nalive: c 127.0.0.1:4\nalive: d 127.0.0.1:5\n');
  });
});

describe('a compacted snapshot', () => {
  it('is the members and the three clocks, as Serf writes it', () => {
    const writer = fresh();
    tell(writer, joined('a', at(1)), joined('b', at(2)), failed('a'));
    writer.seen({ memberTime: 3, eventTime: 0, queryTime: 9 });
    expect([...writer.compact().text].join('')).toBe(
      'alive: b 127.0.0.1:2\nclock: 3\nevent-clock: 0\nquery-clock: 9\n',
    );
    expect(writer.hasPending).toBe(false);
  });

  it('says what was so when it was begun, whatever happens meanwhile', () => {
    const writer = fresh();
    tell(writer, ...Array.from({ length: 2_000 }, (_, port) => joined(`n${port}`, at(port))));
    writer.seen({ memberTime: 3, eventTime: 0, queryTime: 0 });
    const before = addresses(writer.nodes);
    const parts = writer.compact().text[Symbol.iterator]();
    let file = String(parts.next().value);
    tell(writer, failed('n0'), failed('n1999'), joined('new', at(1)));
    writer.leave();
    for (let part = parts.next(); part.done !== true; part = parts.next()) file += part.value;
    expect(replayed(text.encode(file))).toEqual({ nodes: before, clocks: [3, 0, 0] });
    expect(replayed(text.encode(file + writer.take()))).toEqual({ nodes: {}, clocks: [0, 0, 0] });
  });

  it('still says that this node left, in both ways of reading it', () => {
    for (const rejoinAfterLeave of [false, true]) {
      const writer = fresh('', rejoinAfterLeave);
      tell(writer, joined('a', at(1)));
      writer.seen({ memberTime: 3, eventTime: 2, queryTime: 1 });
      writer.leave();
      const appended = text.encode(writer.take());
      const file = text.encode([...writer.compact().text].join(''));
      expect(replayed(file, rejoinAfterLeave)).toEqual(replayed(appended, rejoinAfterLeave));
      expect(replayed(file, false).nodes).toEqual({});
      expect(replaySnapshot(file, replayOptions).left).toBe(true);
    }
  });

  it('that comes to nothing leaves everything to be appended, in order', () => {
    const writer = fresh();
    tell(writer, joined('a', at(1)));
    const compaction = writer.compact();
    tell(writer, failed('a'));
    compaction.undo();
    expect(writer.take()).toBe('alive: a 127.0.0.1:1\nnot-alive: a\n');
  });

  it('is all that helps when too much waited, and lines are missing until then', () => {
    const writer = fresh();
    for (let round = 0; !writer.isIncomplete; round += 1) {
      tell(writer, joined('a', at(round % 9)), failed('a'));
      expect(round).toBeLessThan(pendingUnitsMax);
    }
    tell(writer, joined('b', at(1)));
    expect(writer.hasPending).toBe(false);
    const first = writer.compact();
    tell(writer, joined('c', at(2)));
    first.undo();
    expect(writer.isIncomplete).toBe(true);
    expect(writer.hasPending).toBe(false);
    const file = [...writer.compact().text].join('');
    expect(writer.isIncomplete).toBe(false);
    expect(replayed(text.encode(file)).nodes).toEqual(addresses(writer.nodes));
    expect(plain({ ...nothing, nodes: writer.nodes }).nodes).toMatchObject({ b: '127.0.0.1:1' });
  });
});

const nothing = { memberTime: 0, eventTime: 0, queryTime: 0 };

function fresh(file = '', rejoinAfterLeave = false): SnapshotWriter {
  const options = { ...replayOptions, rejoinAfterLeave };
  return new SnapshotWriter(replaySnapshot(Buffer.from(file), options), options);
}

function tell(writer: SnapshotWriter, ...facts: readonly (readonly Fact[])[]): void {
  for (const fact of facts.flat()) writer.fact(fact);
}

function member(name: string, port: number, memberState: Member['memberState']): Member {
  return {
    name,
    ...at(port),
    tags: new Map(),
    status: memberState === 'none' ? 'alive' : memberState,
    nodeState: 'alive',
    memberState,
    incarnation: 1,
    statusTime: 0,
    versions: ownVersions,
    nodeStateSince: 0,
    goneSince: undefined,
    meta: new Uint8Array(0),
  };
}
