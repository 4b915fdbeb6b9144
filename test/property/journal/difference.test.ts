/** A checkpoint after a gap is told as facts that lead to it, for any two views that can follow. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsBetween } from '../../../src/journal/difference.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import type { Member } from '../../../src/model/member.ts';
import type { MemberEvent } from '../../../src/streams/member-events.ts';
import { MemberView } from '../../../src/streams/member-view.ts';
import { runs } from '../machines/seed.ts';
import { Walk, histories } from '../machines/walk.ts';

/** What was known before a gap, and what is true after it. */
const gaps = fc.tuple(histories, histories).map(([before, missed]) => {
  const walk = new Walk(before);
  const known: Members = new Map(walk.members);
  for (const stimulus of missed) walk.take(stimulus);
  return { known, now: [...walk.members.values()], at: walk.now };
});

describe('the facts between what was known and a checkpoint', () => {
  it('fold the one into the other, field by field', () => {
    fc.assert(
      fc.property(gaps, ({ known, now, at }) => {
        const folded: Members = new Map(known);
        for (const fact of factsBetween(known, now, at)) evolve(folded, fact);
        expect(byName(folded.values())).toEqual(byName(now));
      }),
      runs(1000),
    );
  });

  it('are none when nothing has changed, even if the records are copies', () => {
    fc.assert(
      fc.property(gaps, ({ now, at }) => {
        const copies = now.map((member) => ({ ...member, tags: new Map(member.tags) }));
        expect(factsBetween(byName(now), copies, at)).toEqual([]);
      }),
      runs(200),
    );
  });

  it('make member$ lead a subscriber to the members that are there, with their tags', () => {
    fc.assert(
      fc.property(gaps, ({ known, now, at }) => {
        const view = new MemberView();
        view.reset({ members: [...known.values()] }, at);
        const seen = new Map([...view.members].map(([name, member]) => [name, seenOf(member)]));
        const surprises: string[] = [];
        view.member$.subscribe((event) => {
          const surprise = follow(seen, event);
          if (surprise !== undefined) surprises.push(surprise);
        });
        view.reset({ members: now }, at);
        expect(surprises).toEqual([]);
        expect(seen).toEqual(
          new Map([...view.members].map(([name, member]) => [name, seenOf(member)])),
        );
      }),
      runs(500),
    );
  });
});

/** What a subscriber makes of an event. Returns what is odd about it, if anything is. */
function follow(seen: Map<string, Seen>, event: MemberEvent): string | undefined {
  const [member] = event.members;
  if (member === undefined) return `${event.kind} about nobody`;
  const { name } = member;
  const before = seen.get(name);
  const role = member.tags.get('role');
  switch (event.kind) {
    case 'member-join':
      seen.set(name, { isHere: true, role });
      return before?.isHere === true ? `${name} joined twice` : undefined;
    case 'member-update':
      seen.set(name, { isHere: before?.isHere ?? false, role });
      return before === undefined || event.previous[0]?.get('role') !== before.role
        ? `${name} was not what it is said to have been`
        : undefined;
    case 'member-failed':
      seen.set(name, { isHere: false, role });
      return before?.isHere === true ? undefined : `${name} failed without being here`;
    case 'member-leave':
      // Forced, a failed member leaves without coming back before.
      seen.set(name, { isHere: false, role });
      return before === undefined ? `${name} left without being known` : undefined;
    case 'member-reap':
      return seen.delete(name) ? undefined : `${name} was reaped without being known`;
    default:
      return event satisfies never;
  }
}

interface Seen {
  readonly isHere: boolean;
  readonly role: string | undefined;
}

function seenOf(member: Member): Seen {
  const isHere = member.memberState === 'alive' || member.memberState === 'leaving';
  return { isHere, role: member.tags.get('role') };
}

function byName(members: Iterable<Member>): Map<string, Member> {
  return new Map([...members].map((member) => [member.name, member]));
}
