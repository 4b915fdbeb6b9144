import { describe, expect, it } from 'vitest';
import type { Fact, FactKind } from '../../../src/model/fact.ts';
import { eventOf } from '../../../src/streams/member-events.ts';
import { arrival, cause, claim, fact, web } from '../journal/facts.ts';

const member = web(...arrival());

/** One fact of every kind. */
const facts: Readonly<Record<FactKind, Fact>> = {
  'node-joined': fact({ kind: 'node-joined', ...claim(1) }),
  'node-refreshed': fact({ kind: 'node-refreshed', ...claim(2) }),
  'node-refuted': fact({ kind: 'node-refuted', ...claim(2) }),
  'node-suspected': fact({ kind: 'node-suspected', incarnation: 1, from: 'db' }),
  'suspicion-confirmed': fact({ kind: 'suspicion-confirmed', incarnation: 1, from: 'db' }),
  'node-failed': fact({ kind: 'node-failed', incarnation: 1, from: 'db' }),
  'node-left': fact({ kind: 'node-left', incarnation: 1 }),
  'node-forgotten': fact({ kind: 'node-forgotten' }),
  'name-conflicted': fact({ kind: 'name-conflicted', existing: member, other: member }),
  'member-joined': fact({ kind: 'member-joined', memberState: 'alive', statusTime: 0 }),
  'member-updated': fact({ kind: 'member-updated', previousTags: new Map([['role', 'old']]) }),
  'member-leaving': fact({ kind: 'member-leaving', statusTime: 1 }),
  'member-stayed': fact({ kind: 'member-stayed', statusTime: 1 }),
  'member-time-advanced': fact({ kind: 'member-time-advanced', statusTime: 1 }),
  'member-left': fact({ kind: 'member-left', statusTime: 1, forced: false }),
  'member-failed': fact({ kind: 'member-failed' }),
  'member-reaped': fact({ kind: 'member-reaped', reason: 'prune' }),
};

describe('a fact', () => {
  it.each([
    ['member-joined', 'member-join'],
    ['member-left', 'member-leave'],
    ['member-failed', 'member-failed'],
    ['member-updated', 'member-update'],
    ['member-reaped', 'member-reap'],
    ['node-suspected', 'member-suspect'],
    ['node-refuted', 'member-refuted'],
  ] as const)('%s is the event %s', (factKind, kind) => {
    const event = eventOf(facts[factKind], member, member);
    expect(event).toMatchObject({ kind, at: 1, members: [member], cause });
  });

  it.each([
    'node-joined',
    'node-refreshed',
    'suspicion-confirmed',
    'node-failed',
    'node-left',
    'node-forgotten',
    'name-conflicted',
    'member-leaving',
    'member-stayed',
    'member-time-advanced',
  ] as const)('%s is no event, since Serf has none for it', (kind) => {
    expect(eventOf(facts[kind], member, member)).toBeUndefined();
  });

  it('of a change of tags brings the tags before', () => {
    expect(eventOf(facts['member-updated'], member, member)).toMatchObject({
      previous: [new Map([['role', 'old']])],
    });
  });

  it('of a reaping shows the member as it last was', () => {
    expect(eventOf(facts['member-reaped'], member, undefined)?.members).toEqual([member]);
  });

  it.each(['node-suspected', 'node-refuted'] as const)(
    '%s is no event if Serf does not know the member',
    (kind) => {
      const node = web(arrival()[0] as Fact);
      expect(node.memberState).toBe('none');
      expect(eventOf(facts[kind], node, node)).toBeUndefined();
    },
  );

  it('about nobody known is no event', () => {
    for (const each of Object.values(facts)) {
      expect(eventOf(each, undefined, undefined)).toBeUndefined();
    }
  });
});
