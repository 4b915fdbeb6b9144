/** A node that was here before: its clocks go on, and what was heard of then is no news. */

import { describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../../src/core/options.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Harness, addressOf, alive } from './harness.ts';
import { heard } from './query-messages.ts';

/** The clocks of a node that has seen the times 69, 79 and 89. */
const startClocks = { memberTime: 70, eventTime: 80, queryTime: 90 };

const event = (time: number) =>
  ({ kind: 'user-event', name: `at ${time}`, time, payload: null, coalesce: false }) as const;

/** Names of the user events and times of the queries that were told of. */
function told(node: Harness): readonly (string | number)[] {
  return node.outputs.flatMap((output): readonly (string | number)[] => {
    if (output.kind === 'user-event') return [output.event.name];
    return output.kind === 'query' ? [output.query.time] : [];
  });
}

/** Lets a node hear events and queries on both sides of a time, by gossip and by push/pull. */
function hearAround(node: Harness, eventTime: number, queryTime: number): void {
  node.hear('b', alive('b'));
  for (const shift of [-2, -1, 0, 1]) {
    node.hearSerf('b', event(eventTime + shift));
    node.hearSerf('b', heard({ time: queryTime + shift, id: shift + 5 }));
  }
}

describe('a node that starts with the clocks of an earlier life', () => {
  it('shows them at once, and sends with them', () => {
    const node = new Harness({ startClocks });
    expect(node.engine.clocks).toEqual(startClocks);
    expect(node.engine.checkpoint()).toMatchObject(startClocks);
    expect(node.engine.stats()).toMatchObject(startClocks);
    const sent = node.command({ kind: 'user-event', name: 'x', payload: empty, coalesce: false });
    expect(node.result(sent)).toMatchObject({ ok: true, value: { time: 80 } });
  });

  it('never starts a clock at less than one', () => {
    const node = new Harness({ startClocks: { memberTime: 0, eventTime: 0, queryTime: 0 } });
    expect(node.engine.clocks).toEqual({ memberTime: 1, eventTime: 1, queryTime: 1 });
  });

  it('takes no event and no query from before, and every one from then on', () => {
    const node = new Harness({ startClocks });
    hearAround(node, 80, 90);
    expect(told(node)).toEqual(['at 80', 90, 'at 81', 91]);
  });

  it('is told nothing old by the push/pull of a join, but moves its clocks on', () => {
    const node = new Harness({ startClocks });
    node.command({ kind: 'join', targets: [addressOf('b')], ignoreOld: false });
    const events = [78, 79, 80, 81].map((time) => ({
      time,
      events: [{ name: `at ${time}`, payload: null }],
    }));
    const userState = codec.encodeSerf({
      kind: 'serf-state',
      time: 100,
      statusTimes: new Map(),
      leftMembers: [],
      eventTime: 82,
      events,
      queryTime: 95,
    });
    const message = { kind: 'push-pull', join: false, nodes: [], userState } as const;
    const [exchange] = node.exchanges();
    node.input({ kind: 'exchange-replied', exchange: exchange?.exchange ?? 0, message });
    expect(told(node)).toEqual(['at 80', 'at 81']);
    expect(node.engine.clocks).toMatchObject({ eventTime: 82, queryTime: 95 });
  });

  it('does not pass on what is old to it', () => {
    const node = new Harness({ startClocks });
    node.hear('b', alive('b'));
    node.hearSerf('b', event(79));
    node.hearSerf('b', heard({ time: 89 }));
    expect(node.engine.stats()).toMatchObject({ eventQueue: 0, queryQueue: 0 });
  });
});

describe('an engine that takes over from one that died', () => {
  const checkpoint = (changes: Partial<EngineOptions> = {}): Harness => {
    const first = new Harness({ startClocks });
    return new Harness({ resume: first.engine.checkpoint(), ...changes });
  };

  it('tells nothing again that its owner was told of', () => {
    const node = checkpoint();
    hearAround(node, 80, 90);
    expect(told(node)).toEqual(['at 80', 90, 'at 81', 91]);
  });

  it('uses no time again, and yet tells what the dead one heard and its owner did not', () => {
    const later = { memberTime: 75, eventTime: 85, queryTime: 95 };
    const node = checkpoint({ startClocks: later });
    expect(node.engine.clocks).toMatchObject({ eventTime: 85, queryTime: 95 });
    expect(node.engine.clocks.memberTime).toBeGreaterThanOrEqual(75);
    hearAround(node, 80, 90);
    expect(told(node)).toEqual(['at 80', 90, 'at 81', 91]);
  });

  it('starts no clock before its checkpoint', () => {
    const node = checkpoint({ startClocks: { memberTime: 1, eventTime: 1, queryTime: 1 } });
    expect(node.engine.clocks).toMatchObject({ eventTime: 80, queryTime: 90 });
  });
});

const empty = new Uint8Array(0);
