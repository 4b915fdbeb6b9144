import { Subject, VirtualAction, VirtualTimeScheduler, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MemberEvent } from '../../../src/streams/member-events.ts';
import { coalesceEvents, coalesceMembers, heldEventsMax } from '../../../src/streams/coalesce.ts';
import type { Coalescable } from '../../../src/streams/coalesce-user-events.ts';
import { toldMembersMax } from '../../../src/streams/coalesce-members.ts';
import { cause, web, arrival } from '../journal/facts.ts';

type Kind = MemberEvent['kind'];

const someone = web(...arrival());
const tagsOf = (version: string) => new Map([['version', version]]);

/** An event about one member; of an update, the tags before and after are named. */
function memberEvent(kind: Kind, name: string, version = '', previous = ''): MemberEvent {
  const members = [{ ...someone, name, tags: tagsOf(version) }];
  if (kind === 'member-update') {
    return { kind, at: 1, cause, members, previous: [tagsOf(previous)] };
  }
  return { kind, at: 1, cause, members };
}

/** A source whose events are said at times, and the lines that come out, each after its time. */
class Story<T> {
  readonly lines: string[] = [];
  readonly events: T[] = [];
  readonly source = new Subject<T>();
  readonly scheduler = new VirtualTimeScheduler(VirtualAction);

  at(ms: number, ...events: readonly T[]): this {
    this.scheduler.schedule(() => {
      for (const event of events) this.source.next(event);
    }, ms);
    return this;
  }

  endsAt(ms: number): this {
    this.scheduler.schedule(() => this.source.complete(), ms);
    return this;
  }

  hear(event: T, text: string): void {
    this.events.push(event);
    this.lines.push(`${this.scheduler.now()} ${text}`);
  }

  run(): readonly string[] {
    this.scheduler.flush();
    return this.lines;
  }
}

const times = { periodMs: 300, quiescentMs: 100 };

function memberStory(): Story<MemberEvent> {
  const story = new Story<MemberEvent>();
  const { source, scheduler } = story;
  source.pipe(coalesceMembers({ ...times, scheduler })).subscribe({
    next: (event) => {
      story.hear(event, `${event.kind} ${event.members.map(({ name }) => name).join(' ')}`);
    },
    complete: () => story.lines.push('complete'),
  });
  return story;
}

const join = (name: string) => memberEvent('member-join', name);
const fail = (name: string) => memberEvent('member-failed', name);
const leave = (name: string) => memberEvent('member-leave', name);
const update = (name: string, version: string, previous: string) =>
  memberEvent('member-update', name, version, previous);

describe('member events that are coalesced', () => {
  it('are told together once nothing more came for the quiescent period', () => {
    expect(memberStory().at(0, join('a')).at(99, join('b')).run()).toEqual(['199 member-join a b']);
  }); // TestCoalescer_quiescent

  it('are told at the end of the period, however much keeps coming', () => {
    const story = memberStory();
    for (let ms = 0; ms < 600; ms += 50) story.at(ms, join(`n${ms}`));
    expect(story.run()).toEqual([
      '300 member-join n0 n50 n100 n150 n200 n250 n300',
      '650 member-join n350 n400 n450 n500 n550',
    ]);
  }); // TestCoalescer_basic

  it('tell the last of each member, in one event for each kind', () => {
    const story = memberStory();
    story.at(0, join('a'), leave('a'), leave('b'), update('c', '2', '1'));
    story.at(50, memberEvent('member-reap', 'd'), update('c', '3', '2'), fail('e'));
    expect(story.run()).toEqual([
      '150 member-leave a b',
      '150 member-update c',
      '150 member-reap d',
      '150 member-failed e',
    ]);
  }); // TestMemberEventCoalesce_Basic

  it('of a kind that was told of the member before are not told again', () => {
    const story = memberStory().at(0, join('a'));
    story.at(1_000, fail('a'), join('a')).at(2_000, fail('a')).at(3_000, fail('a'), join('b'));
    expect(story.run()).toEqual([
      '100 member-join a',
      '2100 member-failed a',
      '3100 member-join b',
    ]);
  });

  it('are told each time that tags change, with the tags that were last told', () => {
    const story = memberStory().at(0, update('a', '2', '1'));
    story.at(1_000, update('a', '3', '2'), update('a', '4', '3'));
    expect(story.run()).toEqual(['100 member-update a', '1100 member-update a']);
    expect(story.events).toMatchObject([
      { members: [{ tags: tagsOf('2') }], previous: [tagsOf('1')] },
      { members: [{ tags: tagsOf('4') }], previous: [tagsOf('2')] },
    ]);
  }); // TestMemberEventCoalesce_TagUpdate

  it('do not repeat an update of the past when others change', () => {
    const story = memberStory().at(0, update('a', '2', '1'));
    story.at(1_000, join('b')).at(2_000, join('c'));
    expect(story.run()).toEqual([
      '100 member-update a',
      '1100 member-join b',
      '2100 member-join c',
    ]);
  });

  it('are told before the stream completes, and an error passes at once', () => {
    expect(memberStory().at(0, join('a')).endsAt(50).run()).toEqual([
      '50 member-join a',
      'complete',
    ]);
    const errors: unknown[] = [];
    throwError(() => 'gone')
      .pipe(coalesceMembers())
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual(['gone']);
  });

  it('are told no more once nobody listens', () => {
    const { source, scheduler, lines } = memberStory();
    const heard = source.pipe(coalesceMembers({ scheduler })).subscribe(() => lines.push('late'));
    source.next(join('a'));
    heard.unsubscribe();
    scheduler.flush();
    expect(lines).toEqual(['100 member-join a']);
  });

  it('are held up to a bound, and remembered up to another', () => {
    const story = memberStory();
    const crowd = (count: number) => Array.from({ length: count }, (_, at) => join(`n${at}`));
    story.at(0, ...crowd(heldEventsMax + 1)).run();
    expect(story.events.map(({ members }) => members.length)).toEqual([heldEventsMax, 1]);
    story.at(0, ...crowd(toldMembersMax), join('one too many')).run();
    story.events.length = 0;
    story.at(0, join('n0'), join(`n${toldMembersMax - 1}`)).run();
    // Of the first it was forgotten that it was told before, when there was one too many.
    expect(story.events.map(({ members }) => members.map(({ name }) => name))).toEqual([['n0']]);
  });
});

interface Told extends Coalescable {
  readonly payload: string;
}

function eventStory(): Story<Told> {
  const story = new Story<Told>();
  const { source, scheduler } = story;
  source
    .pipe(coalesceEvents({ ...times, scheduler }))
    .subscribe((event) => story.hear(event, `${event.name} ${event.time} ${event.payload}`));
  return story;
}

const event = (name: string, time: number, payload = '', coalesce = true): Told => ({
  name,
  time,
  payload,
  coalesce,
});

describe('user events that are coalesced', () => {
  it('tell the newest of each name by its Lamport time, all of them at a tie', () => {
    const story = eventStory();
    story.at(0, event('deploy', 5, 'a'), event('check', 3, 'b'), event('deploy', 7, 'c'));
    story.at(50, event('deploy', 6, 'late'), event('deploy', 7, 'd'));
    expect(story.run()).toEqual(['150 check 3 b', '150 deploy 7 c', '150 deploy 7 d']);
  }); // TestUserEventCoalesce_Basic

  it('let those pass at once that were not sent to be coalesced', () => {
    const story = eventStory();
    story.at(0, event('deploy', 5, 'held'), event('deploy', 6, 'passes', false));
    expect(story.run()).toEqual(['0 deploy 6 passes', '100 deploy 5 held']);
  }); // TestCoalescer_passThrough, TestUserEventCoalesce_passThrough

  it('forget what they told: an older event that comes after it is told again', () => {
    const story = eventStory().at(0, event('deploy', 5)).at(1_000, event('deploy', 4));
    expect(story.run()).toEqual(['100 deploy 5 ', '1100 deploy 4 ']);
  });
});
