/** User events are told once each, in time, and to everybody, whatever the network does meanwhile. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSimulation } from '../../../src/testing/index.ts';
import type { Simulation } from '../../../src/testing/index.ts';
import { runs } from '../machines/seed.ts';
import { Deliveries } from './deliveries.ts';
import { story } from './event-story.ts';
import type { Step, Story } from './event-story.ts';

interface Scene {
  readonly sim: Simulation;
  readonly deliveries: Deliveries;
}

/** Founders that have found each other, with everybody listening. */
function begin(seed: number, nodes: number, eventSlots: number): Scene {
  const sim = createSimulation({ seed, nodes, limits: { eventSlots } });
  const deliveries = new Deliveries(sim, eventSlots);
  for (const id of sim.nodes.keys()) deliveries.follow(id);
  sim.runUntilConverged();
  return { sim, deliveries };
}

function isUp({ sim }: Scene, id: string): boolean {
  return sim.nodes.get(id)?.isUp ?? false;
}

function play(scene: Scene, step: Step): void {
  const { sim, deliveries } = scene;
  deliveries.noteClocks();
  switch (step.kind) {
    case 'emit':
      if (!isUp(scene, step.node)) return undefined;
      for (let count = 0; count < step.count; count += 1) deliveries.send(step.node);
      return undefined;
    case 'run':
      return sim.run(step.forMs);
    case 'network':
      return changeNetwork(sim, step);
    case 'cut': {
      const side = step.side.filter((id) => isUp(scene, id));
      if (side.length > 0) sim.faults.isolate(side);
      sim.at(step.forMs, () => sim.faults.heal());
      return undefined;
    }
    case 'join':
      return isUp(scene, step.via) ? join(scene, step) : undefined;
    case 'restart':
      return isUp(scene, step.node) ? restart(scene, step) : undefined;
    default:
      return step satisfies never;
  }
}

function changeNetwork(sim: Simulation, step: Extract<Step, { kind: 'network' }>): void {
  const { lossRate, duplicateRate, reorderRate, delayMs } = step;
  const delay = { kind: 'uniform', minMs: 0.25, maxMs: delayMs } as const;
  sim.faults.network({ lossRate, duplicateRate, reorderRate, reorderMs: 2 * delayMs, delay });
}

function join(scene: Scene, { via, ignoreOld }: Extract<Step, { kind: 'join' }>): void {
  const { sim, deliveries } = scene;
  const joiners = [...sim.nodes.keys()].filter((each) => each.startsWith('j'));
  const id = `j${joiners.length + 1}`;
  const oldBelow = sim.node(via).stats().eventTime;
  sim.start({ id });
  const life = deliveries.follow(id);
  if (ignoreOld) life.ignoredBelow = oldBelow;
  const pending = sim.join(id, [via], { ignoreOld });
  if (!ignoreOld) return;
  sim.runUntil(() => pending.result !== undefined, { everyMs: 1 });
  const { result } = pending;
  if (result?.ok !== true || result.value.kind !== 'join') sim.fail(`${id} could not join`);
  // If nobody answered there is nothing that it could have ignored: it will hear of all.
  else if (result.value.joined.length === 0) life.ignoredBelow = 0;
  else life.completeFrom = sim.node(via).stats().eventTime;
}

/** Whether nobody gossips an event any more. */
function isSpread(sim: Simulation): boolean {
  return sim.liveNodes.every((node) => node.stats().eventQueue === 0);
}

function restart(scene: Scene, step: Extract<Step, { kind: 'restart' }>): void {
  const { sim, deliveries } = scene;
  const { node, downMs, memory } = step;
  sim.crash(node);
  sim.run(downMs);
  if (memory === 'none') deliveries.begin(node);
  else deliveries.resume(node, sim.node(node).stats().eventTime);
  const others = sim.liveNodes.map(({ id }) => id);
  sim.restart(node, memory === 'none' ? { memory, via: others } : { memory });
}

const pushPullMs = 30_000;
/** From one who knows to seven who do not, each asking somebody at random once in a period. */
const periodsMax = 10;

/** Peace: every fault ends, who knows nobody tries again, and some push/pulls pass. */
function settle({ sim, deliveries }: Scene): void {
  sim.faults.clearLinks();
  changeNetwork(sim, {
    kind: 'network',
    lossRate: 0,
    duplicateRate: 0,
    reorderRate: 0,
    delayMs: 1,
  });
  sim.run(20_000);
  for (const { id, members } of sim.liveNodes) {
    const others = sim.liveNodes.map((node) => node.id).filter((other) => other !== id);
    if (members.size === 1) sim.join(id, others);
  }
  sim.runUntilConverged({ withinMs: 60 * 60_000, everyMs: 1_000 });
  const end = sim.now + periodsMax * pushPullMs;
  for (;;) {
    const missing = deliveries.missing();
    if (missing === undefined) break;
    if (sim.now >= end) sim.fail(missing);
    sim.run(1_000);
  }
  sim.run(pushPullMs);
}

/** A queue that is not empty, in words. */
function queued(sim: Simulation): string | undefined {
  for (const node of sim.liveNodes) {
    const { nodeQueue, intentQueue, eventQueue, queryQueue } = node.stats();
    if (nodeQueue + intentQueue + eventQueue + queryQueue === 0) continue;
    return `${node.id} still has ${nodeQueue} + ${intentQueue} + ${eventQueue} + ${queryQueue} queued`;
  }
  return undefined;
}

it('tells each event once a life, at its time, within the window, and leaves out nobody', () => {
  let events = 0;
  fc.assert(
    fc.property(story, ({ seed, nodes, eventSlots, steps }: Story) => {
      const scene = begin(seed, nodes, eventSlots);
      for (const step of steps) play(scene, step);
      settle(scene);
      const { sim, deliveries } = scene;
      const problem = deliveries.missing() ?? deliveries.wrong() ?? queued(sim);
      if (problem !== undefined) sim.fail(problem);
      sim.checkAll();
      for (const { told } of deliveries.lives.values()) events += told.size;
    }),
    runs(150),
  );
  expect(events).toBeGreaterThan(5_000);
});

const sequence = fc.record({
  seed: fc.nat(0xffff),
  nodes: fc.integer({ min: 3, max: 8 }),
  sender: fc.nat(2),
  events: fc.integer({ min: 2, max: 8 }),
  delayMs: fc.constantFrom(1, 30, 250),
  duplicateRate: fc.constantFrom(0, 0.4),
  reorderRate: fc.constantFrom(0, 0.4),
});

it('keeps the order of one sender who waits until each event has spread', () => {
  let told = 0;
  let late = 0;
  fc.assert(
    fc.property(sequence, ({ seed, nodes, sender, events, ...network }) => {
      const { sim, deliveries } = begin(seed, nodes, 512);
      changeNetwork(sim, { kind: 'network', lossRate: 0, ...network });
      const sent: string[] = [];
      const missed = new Set<string>();
      for (let count = 0; count < events; count += 1) {
        const name = deliveries.send(`n${sender + 1}`);
        sent.push(name);
        sim.run(200);
        sim.runUntil(() => isSpread(sim));
        // What is still under way arrives: a delay, a reordering of twice as much, and a copy of both.
        sim.run(6 * network.delayMs);
        for (const life of deliveries.lives.values()) {
          if (!life.told.has(name)) missed.add(life.node);
        }
      }
      // Gossip is sent to members at random: now and then it misses one, who hears of it by push/pull.
      sim.runUntil(() => deliveries.missing() === undefined, { withinMs: periodsMax * pushPullMs });
      for (const life of deliveries.lives.values()) {
        const order = [...life.told.keys()];
        expect(missed.has(life.node) ? order.toSorted() : order).toEqual(sent);
      }
      expect(deliveries.wrong()).toBeUndefined();
      told += nodes * events;
      late += missed.size;
    }),
    runs(60),
  );
  expect(late / told).toBeLessThan(0.02);
});
