/** Go's tests of Serf and memberlist with several nodes, each told again in a simulated cluster. */

import { describe, expect, it } from 'vitest';
import type { CommandValue } from '../../../src/core/output.ts';
import { codec } from '../../../src/wire/codec.ts';
import { createSimulation } from '../../../src/testing/index.ts';
import type { PendingCommand, Simulation, SimulationOptions } from '../../../src/testing/index.ts';

/** Serf's own tests reap after a second and forget at once. */
const quick: SimulationOptions = {
  limits: { reapIntervalMs: 1000, reconnectTimeoutMs: 1, tombstoneTimeoutMs: 1 },
};

function cluster(nodes: number, options: SimulationOptions = {}): Simulation {
  const sim = createSimulation({ nodes, ...options });
  sim.runUntilConverged();
  return sim;
}

/** What `id` was told of `name`, suspicions left out. */
function eventsAbout(sim: Simulation, id: string, name: string): string[] {
  return sim
    .node(id)
    .events.filter((event) => event.name === name)
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'member-suspect' && kind !== 'member-refuted');
}

function answerOf<K extends CommandValue['kind']>(
  sim: Simulation,
  pending: PendingCommand,
  kind: K,
): Extract<CommandValue, { kind: K }> {
  sim.runUntil(() => pending.result !== undefined);
  const { result } = pending;
  if (result?.ok !== true || result.value.kind !== kind) throw new Error('it was refused');
  return result.value as Extract<CommandValue, { kind: K }>;
}

const text = (payload: Uint8Array): string => codec.decodeText(payload);

/** The user events that `id` is told from now on, as `name payload`. */
function listen(sim: Simulation, id: string): string[] {
  const events: string[] = [];
  sim.node(id).onTold((told) => {
    if (told.kind === 'user-event') events.push(`${told.event.name} ${text(told.event.payload)}`);
  });
  return events;
}

function emit(sim: Simulation, id: string, name: string, payload = ''): void {
  const bytes = codec.encodeText(payload);
  sim.command(id, { kind: 'user-event', name, payload: bytes, coalesce: false });
}

describe('a member', () => {
  // TestSerf_eventsFailed
  it('that crashes is told to have joined, failed and been reaped', () => {
    const sim = cluster(2, quick);
    sim.crash('n2', { host: true });
    sim.runUntil(() => sim.node('n1').eventCount('member-reap') === 1);
    expect(eventsAbout(sim, 'n1', 'n2')).toEqual(['member-join', 'member-failed', 'member-reap']);
  });

  // TestSerf_eventsLeave
  it('that leaves is told to have joined and left, and has left', () => {
    const sim = cluster(2);
    sim.leave('n2');
    sim.runUntil(() => sim.node('n1').statusOf('n2') === 'left');
    expect(eventsAbout(sim, 'n1', 'n2')).toEqual(['member-join', 'member-leave']);
  });

  // TestSerf_RemoveFailed_eventsLeave
  it('that fails and is forced out is told to have joined, failed and left, and has left', () => {
    const sim = cluster(2);
    sim.crash('n2', { host: true });
    sim.runUntil(() => sim.node('n1').statusOf('n2') === 'failed');
    answerOf(sim, sim.forceLeave('n1', 'n2'), 'force-leave');
    expect(eventsAbout(sim, 'n1', 'n2')).toEqual(['member-join', 'member-failed', 'member-leave']);
    expect(sim.node('n1').statusOf('n2')).toBe('left');
  });

  // TestSerf_joinLeave
  it('that left is forgotten: the one who stayed counts one, and so does the one who left', () => {
    const sim = cluster(2, quick);
    sim.leave('n2', { stay: true });
    sim.runUntil(() => ['n1', 'n2'].every((id) => sim.node(id).stats().members === 1));
    expect(sim.node('n1').statusOf('n2')).toBeUndefined();
  });

  // TestSerf_reconnect
  it('that failed and starts again without a join is found by those who remember it', () => {
    const sim = cluster(2);
    sim.crash('n2');
    sim.runUntil(() => sim.node('n1').statusOf('n2') === 'failed');
    sim.restart('n2');
    sim.runUntil(() => sim.node('n1').statusOf('n2') === 'alive', { withinMs: 300_000 });
    expect(eventsAbout(sim, 'n1', 'n2')).toEqual(['member-join', 'member-failed', 'member-join']);
  });

  // TestSerf_leaveRejoinDifferentRole
  it('that left and comes back with another role is seen with that', () => {
    const sim = createSimulation();
    sim.start({ id: 'n1' });
    sim.start({ id: 'n2', via: ['n1'], tags: { role: 'foo' } });
    sim.runUntilConverged();
    sim.leave('n2');
    sim.runUntil(() => !sim.node('n2').isUp);
    sim.restart('n2', { via: ['n1'], tags: { role: 'bar' } });
    sim.runUntilConverged();
    expect(sim.node('n1').members.get('n2')?.tags.get('role')).toBe('bar');
  });

  // TestSerf_joinLeave_ltime
  it('joins at Lamport time 1, and its leave moves the clocks of the others', () => {
    const sim = createSimulation();
    sim.start({ id: 'n1' });
    sim.start({ id: 'n2' });
    sim.join('n1', ['n2']);
    sim.runUntil(() => sim.node('n2').members.get('n1')?.statusTime === 1);
    const before = sim.node('n2').stats().memberTime;
    expect(before).toBeGreaterThan(1);
    sim.leave('n1');
    sim.runUntil(() => sim.node('n2').statusOf('n1') === 'left');
    expect(sim.node('n2').stats().memberTime).toBeGreaterThan(before);
  });
});

describe('user events', () => {
  // TestSerf_eventsUser
  it('are told to another member in their order, with their payloads', () => {
    const sim = cluster(2);
    const events = listen(sim, 'n1');
    emit(sim, 'n2', 'event!', 'test');
    sim.run(1000);
    emit(sim, 'n2', 'second', 'foobar');
    sim.run(1000);
    expect(events).toEqual(['event! test', 'second foobar']);
  });

  // TestMemberlist_UserData
  it('are all told once when there are 256 of them', () => {
    const sim = cluster(2);
    const events = listen(sim, 'n1');
    const names = Array.from({ length: 256 }, (_, index) => `${index}`);
    for (const name of names) emit(sim, 'n2', name);
    sim.run(60_000);
    expect(events.map((event) => event.trim()).toSorted()).toEqual(names.toSorted());
  });

  // TestSerf_Join_IgnoreOld
  it('from before a join are told to whoever does not ignore them', () => {
    const toldAfterJoin = (ignoreOld: boolean): string[] => {
      const sim = createSimulation();
      sim.start({ id: 'n1' });
      sim.start({ id: 'n2' });
      emit(sim, 'n1', 'event!', 'test');
      emit(sim, 'n1', 'second', 'foobar');
      const events = listen(sim, 'n2');
      const targets = [sim.node('n1').address];
      answerOf(sim, sim.command('n2', { kind: 'join', targets, ignoreOld }), 'join');
      sim.run(60_000);
      return events;
    };
    expect(toldAfterJoin(true)).toEqual([]);
    expect(toldAfterJoin(false)).toEqual(['event! test', 'second foobar']);
  });
});

describe('a query', () => {
  /** Has `n1` answer `test` to every query that it is told. */
  function answering(sim: Simulation): void {
    sim.node('n1').onTold((told) => {
      if (told.kind !== 'query') return;
      const payload = codec.encodeText('test');
      sim.at(0, () => sim.command('n1', { kind: 'respond', query: told.query.id, payload }));
    });
  }

  /** Asks from `n2`; everything that came back, as `from` or `from payload`. */
  function ask(sim: Simulation, names: readonly string[], relayFactor: number) {
    const came: string[] = [];
    sim.node('n2').onTold((told) => {
      if (told.kind !== 'query-progress') return;
      came.push(told.payload === undefined ? told.from : `${told.from} ${text(told.payload)}`);
    });
    const pending = sim.command('n2', {
      kind: 'query',
      name: 'load',
      payload: codec.encodeText('cpu'),
      filters: names.length === 0 ? [] : [{ kind: 'nodes', names }],
      requestAck: true,
      relayFactor,
      timeoutMs: 1000,
    });
    const { summary } = answerOf(sim, pending, 'query');
    return { came: came.toSorted(), summary };
  }

  // TestSerf_Query
  it('is acknowledged by both of two, the asker too, and answered by the one that answers', () => {
    const sim = cluster(2);
    answering(sim);
    const { came, summary } = ask(sim, [], 0);
    expect(came).toEqual(['n1', 'n1 test', 'n2']);
    expect(summary.acks.toSorted()).toEqual(['n1', 'n2']);
    expect(summary.responses).toEqual(['n1']);
  });

  // TestSerf_Query_Filter
  it('for one of three with a relay factor brings one ack and one answer', () => {
    const sim = cluster(3);
    answering(sim);
    const { came, summary } = ask(sim, ['n1'], 1);
    expect(came).toEqual(['n1', 'n1 test']);
    expect(summary).toMatchObject({ acks: ['n1'], responses: ['n1'] });
  });
});

describe('a join', () => {
  const key = new Uint8Array(16).fill(3);

  // TestMemberlist_Join_with_Labels, TestMemberlist_Join_with_Labels_and_Encryption
  it.each([{ keys: [] }, { keys: [key] }])(
    'brings those together that have the same label, and no others: $keys.length keys',
    ({ keys }) => {
      const sim = createSimulation({ keys });
      for (const [id, label] of [
        ['n1', 'blue'],
        ['n2', 'blue'],
        ['n3', ''],
        ['n4', 'green'],
      ] as const) {
        sim.start({ id, label });
      }
      const joined = ['n2', 'n3', 'n4'].map(
        (id) => answerOf(sim, sim.join(id, ['n1']), 'join').joined.length,
      );
      expect(joined).toEqual([1, 0, 0]);
      const sizes = ['n1', 'n2', 'n3', 'n4'].map((id) => sim.node(id).stats().members);
      expect(sizes).toEqual([2, 2, 1, 1]);
    },
  );

  // TestMemberlist_JoinDifferentNetworksMultiMasks
  it('from a network that is not allowed shows others to the newcomer and not it to them', () => {
    const strict = { limits: { allowedCidrs: [['10.0.0.0', 24] as const] } };
    const sim = createSimulation();
    sim.start({ id: 'n1', ip: '10.0.0.1', ...strict });
    sim.start({ id: 'n2', ip: '10.0.0.2', via: ['n1'], ...strict });
    sim.start({ id: 'n3', ip: '10.0.2.3', via: ['n1'] });
    sim.run(10_000);
    const views = ['n1', 'n2', 'n3'].map((id) => [...sim.node(id).members.keys()].toSorted());
    expect(views).toEqual([['n1', 'n2'], ['n1', 'n2'], ['n1', 'n2', 'n3']]); // prettier-ignore
  });

  // TestMemberlist_Integ
  it('of 16 encrypted nodes makes one cluster', () => {
    const sim = cluster(16, { keys: [key] });
    expect([...sim.nodes.values()].map((node) => node.stats().members)).toEqual(
      Array.from({ length: 16 }, () => 16),
    );
  });
});
