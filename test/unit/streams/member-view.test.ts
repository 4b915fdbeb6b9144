import { config } from 'rxjs';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { Journal } from '../../../src/journal/journal.ts';
import type { MemberEvent, SuspicionEvent } from '../../../src/streams/member-events.ts';
import { MemberView, pendingUpdatesMax } from '../../../src/streams/member-view.ts';
import { arrival, claim, fact, fold } from '../journal/facts.ts';

const suspicion = fact({ kind: 'node-suspected', at: 2, incarnation: 1, from: 'db' });
const refutation = fact({ kind: 'node-refuted', at: 3, ...claim(2) });
const failure = [
  fact({ kind: 'node-failed', at: 4, incarnation: 1, from: 'db' }),
  fact({ kind: 'member-failed', at: 4 }),
];

/** Every event of a view from now on, as `kind name`. */
function listen(view: MemberView): string[] {
  const heard: string[] = [];
  const note = (event: MemberEvent | SuspicionEvent): void => {
    heard.push(`${event.kind} ${event.members.map(({ name }) => name).join()}`);
  };
  view.member$.subscribe(note);
  view.suspicion$.subscribe(note);
  return heard;
}

describe('members', () => {
  it('are those that Serf knows, and always current', () => {
    const view = new MemberView();
    const { members } = view;
    view.apply(arrival().slice(0, 1));
    expect(members.size).toBe(0);
    view.apply(arrival().slice(1));
    expect(members.get('web')?.status).toBe('alive');
    view.apply(failure);
    expect(members.get('web')?.status).toBe('failed');
    view.apply([fact({ kind: 'member-reaped', reason: 'failed-timeout' })]);
    expect(members.size).toBe(0);
    expect(view.known.size).toBe(1);
  });

  it('cannot be changed by users', () => {
    const view = new MemberView();
    view.apply(arrival());
    expect(() => (view.members as Map<string, unknown>).clear()).toThrow(TypeError);
    expect(view.members.size).toBe(1);
  });
});

describe('member$', () => {
  it('tells what happens from now on, not what was', () => {
    const view = new MemberView();
    view.apply(arrival('old'));
    const heard = listen(view);
    view.apply(arrival('new'));
    expect(heard).toEqual(['member-join new']);
  });

  it('calls its subscribers when members has been changed, before anything else happens', () => {
    const view = new MemberView();
    const seen: unknown[] = [];
    view.member$.subscribe(({ members: [member] }) => {
      seen.push([member?.name, view.members.get(member?.name ?? '') === member, view.members.size]);
    });
    view.apply([...arrival('a'), ...arrival('b')]);
    expect(seen).toEqual([
      ['a', true, 1],
      ['b', true, 2],
    ]);
  });

  it('keeps suspicions out, which suspicion$ tells', () => {
    const view = new MemberView();
    view.apply(arrival());
    const kinds: string[] = [];
    view.member$.subscribe(({ kind }) => kinds.push(`member$ ${kind}`));
    view.suspicion$.subscribe(({ kind }) => kinds.push(`suspicion$ ${kind}`));
    view.apply([suspicion, refutation, ...failure]);
    expect(kinds).toEqual([
      'suspicion$ member-suspect',
      'suspicion$ member-refuted',
      'member$ member-failed',
    ]);
  });

  it('is typed by kind', () => {
    expectTypeOf<MemberEvent['kind'] & SuspicionEvent['kind']>().toBeNever();
    const view = new MemberView();
    view.member$.subscribe((event) => {
      if (event.kind !== 'member-update') return;
      expectTypeOf(event.previous).toEqualTypeOf<readonly ReadonlyMap<string, string>[]>();
    });
  });

  it('tells everybody the same order when a subscriber causes something itself', () => {
    const view = new MemberView();
    view.member$.subscribe(({ kind, members }) => {
      // By the time the second subscriber hears of `a`, there is a `b`.
      if (kind === 'member-join' && members[0]?.name === 'a') view.apply(arrival('b'));
    });
    const heard = listen(view);
    view.apply([...arrival('a'), ...arrival('c')]);
    expect(heard).toEqual(['member-join a', 'member-join c', 'member-join b']);
    expect([...view.members.keys()]).toEqual(['a', 'c', 'b']);
  });

  it('refuses subscribers that cause events without end', () => {
    const view = new MemberView();
    const flood = Array.from({ length: pendingUpdatesMax }, () => suspicion);
    let error: unknown;
    view.member$.subscribe(() => {
      try {
        view.apply(flood);
      } catch (thrown) {
        error = thrown;
      }
    });
    view.apply(arrival());
    expect(String(error)).toContain('without end');
    expect(view.members.size).toBe(1);
  });

  it('completes at the end, and what comes later is still known', () => {
    const view = new MemberView();
    let completed = 0;
    view.member$.subscribe({ complete: () => (completed += 1) });
    view.suspicion$.subscribe({ complete: () => (completed += 1) });
    view.close();
    view.close();
    view.apply(arrival());
    expect(completed).toBe(2);
    expect(view.members.size).toBe(1);
  });

  describe('with a subscriber that throws', () => {
    const { onUnhandledError } = config;
    afterEach(() => {
      config.onUnhandledError = onUnhandledError;
    });

    it('goes on for the others, for that one and for the view', async () => {
      const reported: unknown[] = [];
      config.onUnhandledError = (error) => reported.push(error);
      const view = new MemberView();
      let calls = 0;
      view.member$.subscribe(() => {
        calls += 1;
        throw new Error('oops');
      });
      const heard = listen(view);
      view.apply([...arrival('a'), ...arrival('b')]);
      expect(heard).toEqual(['member-join a', 'member-join b']);
      expect(calls).toBe(2);
      expect(view.members.size).toBe(2);
      await expect.poll(() => reported.map(String)).toEqual(['Error: oops', 'Error: oops']);
    });
  });
});

describe('a checkpoint', () => {
  it('is told as the events that lead to it', () => {
    const view = new MemberView();
    view.apply([...arrival('stays'), ...arrival('gone'), ...arrival()]);
    const heard = listen(view);
    const members = fold(...arrival('stays'), ...arrival('new'), ...arrival(), ...failure);
    view.reset({ members: [...members.values()] }, 9);
    expect(heard).toEqual(['member-join new', 'member-failed web', 'member-reap gone']);
    expect(new Map(view.members)).toEqual(members);
  });

  it('gives its events the cause checkpoint', () => {
    const view = new MemberView();
    const causes: string[] = [];
    view.member$.subscribe(({ cause }) => causes.push(cause.kind));
    view.reset({ members: [...fold(...arrival()).values()] }, 9);
    expect(causes).toEqual(['checkpoint']);
  });

  it('that brings nothing new is not told at all', () => {
    const view = new MemberView();
    view.apply(arrival());
    const heard = listen(view);
    view.reset({ members: [...fold(...arrival()).values()] }, 9);
    expect(heard).toEqual([]);
  });

  it('waits its turn when a subscriber brings it', () => {
    const view = new MemberView();
    view.member$.subscribe(({ members }) => {
      if (members[0]?.name === 'a') view.reset({ members: [] }, 9);
    });
    const heard = listen(view);
    view.apply([...arrival('a'), ...arrival('b')]);
    expect(heard).toEqual(['member-join a', 'member-join b', 'member-reap a', 'member-reap b']);
  });
});

it('keeps the facts in its journal before it tells them', () => {
  const journal = new Journal();
  const view = new MemberView({ journal });
  const indices: number[] = [];
  view.member$.subscribe(() => indices.push(journal.lastIndex));
  view.apply([...arrival('a'), ...arrival('b')]);
  expect(indices).toEqual([2, 4]);
  view.reset({ members: [] }, 9);
  expect(journal.replay().size).toBe(0);
});
