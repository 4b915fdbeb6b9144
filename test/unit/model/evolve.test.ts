import { describe, expect, it } from 'vitest';
import { evolve } from '../../../src/model/evolve.ts';
import { arrival, claim, fact, fold, web } from '../journal/facts.ts';

const suspected = fact({ kind: 'node-suspected', at: 2, incarnation: 1, from: 'db' });
const leaving = fact({ kind: 'member-leaving', at: 2, statusTime: 5 });
const failed = [
  fact({ kind: 'node-failed', at: 3, incarnation: 1, from: 'db' }),
  fact({ kind: 'member-failed', at: 3 }),
];

describe('a node that joined', () => {
  it('is known from then on, and a member when Serf says so', () => {
    expect(web(arrival()[0] ?? suspected)).toMatchObject({
      nodeState: 'alive',
      memberState: 'none',
      incarnation: 1,
      nodeStateSince: 1,
      goneSince: undefined,
    });
    expect(web(...arrival())).toMatchObject({
      name: 'web',
      ip: '127.0.0.1',
      port: 7946,
      memberState: 'alive',
      status: 'alive',
      tags: new Map([['role', 'web']]),
    });
  });

  it('may be leaving at once', () => {
    const joined = fact({ kind: 'member-joined', memberState: 'leaving', statusTime: 4 });
    expect(web(...arrival().slice(0, 1), joined)).toMatchObject({
      status: 'leaving',
      statusTime: 4,
    });
  });

  it('again is here again, under its new claim and no longer gone', () => {
    const again = [
      fact({ kind: 'node-joined', at: 4, ...claim(2, 'db') }),
      fact({ kind: 'member-joined', at: 4, memberState: 'alive', statusTime: 0 }),
    ];
    expect(web(...arrival(), ...failed, ...again)).toMatchObject({
      status: 'alive',
      incarnation: 2,
      tags: new Map([['role', 'db']]),
      goneSince: undefined,
      nodeStateSince: 4,
    });
  });
});

describe('a suspicion', () => {
  it('shows in the status, and ends with a newer claim', () => {
    expect(web(...arrival(), suspected)).toMatchObject({ status: 'suspect', nodeStateSince: 2 });
    const refuted = fact({ kind: 'node-refuted', at: 3, ...claim(2) });
    expect(web(...arrival(), suspected, refuted)).toMatchObject({
      status: 'alive',
      incarnation: 2,
      nodeStateSince: 3,
    });
  });

  it('is not changed by its confirmations', () => {
    const confirmed = fact({ kind: 'suspicion-confirmed', at: 3, incarnation: 9, from: 'cache' });
    expect(web(...arrival(), suspected, confirmed)).toEqual(web(...arrival(), suspected));
  });

  it('does not hide that a member leaves', () => {
    expect(web(...arrival(), leaving, suspected).status).toBe('leaving');
  });
});

describe('a member that goes', () => {
  it('has failed at the time of the failure', () => {
    expect(web(...arrival(), ...failed)).toMatchObject({ status: 'failed', goneSince: 3 });
  });

  it('has left at the time of the leave', () => {
    const left = [
      fact({ kind: 'node-left', at: 3, incarnation: 1 }),
      fact({ kind: 'member-left', at: 3, statusTime: 5, forced: false }),
    ];
    expect(web(...arrival(), leaving, ...left)).toMatchObject({
      status: 'left',
      nodeState: 'left',
      goneSince: 3,
    });
  });

  it('keeps the time of its failure when it is made to leave', () => {
    const forced = fact({ kind: 'member-left', at: 9, statusTime: 6, forced: true });
    expect(web(...arrival(), ...failed, forced)).toMatchObject({
      status: 'left',
      goneSince: 3,
      statusTime: 6,
    });
  });

  it('is known to Serf after SWIM forgot it, and the record goes with the last of the two', () => {
    const forgotten = fact({ kind: 'node-forgotten', at: 4 });
    const reaped = fact({ kind: 'member-reaped', at: 5, reason: 'failed-timeout' });
    const gone = [...arrival(), ...failed];
    expect(web(...gone, forgotten)).toMatchObject({
      nodeState: 'unknown',
      status: 'failed',
      incarnation: 0,
    });
    expect(web(...gone, reaped)).toMatchObject({ memberState: 'none', statusTime: 0 });
    expect(fold(...gone, forgotten, reaped).size).toBe(0);
    expect(fold(...gone, reaped, forgotten).size).toBe(0);
  });
});

describe('an intent', () => {
  it('moves the status time, and the state only as the fact says', () => {
    const advanced = fact({ kind: 'member-time-advanced', statusTime: 6 });
    const stayed = fact({ kind: 'member-stayed', statusTime: 7 });
    expect(web(...arrival(), leaving)).toMatchObject({ status: 'leaving', statusTime: 5 });
    expect(web(...arrival(), leaving, advanced)).toMatchObject({
      status: 'leaving',
      statusTime: 6,
    });
    expect(web(...arrival(), leaving, stayed)).toMatchObject({ status: 'alive', statusTime: 7 });
  });
});

describe('any fact', () => {
  it('replaces the record and leaves the old one as it was', () => {
    const members = fold(...arrival());
    const before = members.get('web');
    const copy = structuredClone(before);
    evolve(members, suspected);
    expect(members.get('web')).not.toBe(before);
    expect(before).toEqual(copy);
  });

  it('that only informs leaves the very same record', () => {
    const members = fold(...arrival());
    const before = members.get('web');
    const address = { ip: '10.0.0.1', port: 1 };
    evolve(members, fact({ kind: 'name-conflicted', existing: address, other: address }));
    evolve(members, fact({ kind: 'member-updated', previousTags: new Map() }));
    expect(members.get('web')).toBe(before);
  });

  it('about somebody unknown changes nothing, unless it is a join', () => {
    expect(fold(suspected, leaving, ...failed).size).toBe(0);
    expect(fold(fact({ kind: 'node-refreshed', ...claim(1) })).size).toBe(0);
  });

  it('may name a node as a property of every object is called', () => {
    const members = fold(...arrival('__proto__'), ...arrival('constructor'));
    expect([...members.keys()]).toEqual(['__proto__', 'constructor']);
  });
});
