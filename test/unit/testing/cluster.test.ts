import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/testing/node-clock.ts';
import { SimulationError, createSimulation } from '../../../src/testing/index.ts';
import type { SimulationOptions } from '../../../src/testing/index.ts';
import { dialTo, fakeEngines, joined, pingTo } from './fake-engine.ts';

/** Nodes whose engines do nothing by themselves. */
function quiet(nodes: number, options: SimulationOptions = {}) {
  const engines = fakeEngines();
  const sim = createSimulation({ ...options, createEngine: engines.createEngine });
  for (let index = 0; index < nodes; index += 1) sim.start();
  /** Has a node's engine do something now: by way of a command that nobody answers. */
  const act = (name: string, ...outputs: ReturnType<typeof pingTo>[]): void => {
    const engine = engines.of(name);
    engine.answer = () => outputs;
    sim.setTags(name, {});
    engine.answer = () => [];
  };
  return { sim, engines, act };
}

describe('a simulated packet', () => {
  it('arrives as it was sent, from the sender, after the network took its time', () => {
    const { sim, engines, act } = quiet(2);
    act('n1', pingTo(2, 42));
    sim.run(10);
    const [start, packet] = engines.of('n2').inputs;
    expect(start?.input.kind).toBe('start');
    expect(packet?.input).toMatchObject({
      kind: 'packet',
      from: { ip: '10.0.0.1', port: 7946 },
      messages: [{ kind: 'ping', sequence: 42, node: 'n2' }],
    });
    expect(packet?.now).toBeGreaterThan(epochMs);
  });

  it('goes sealed when there are keys, and is not understood without them', () => {
    const key = new Uint8Array(16).fill(7);
    const { sim, engines, act } = quiet(2, { keys: [key], label: 'blue' });
    sim.start({ id: 'stranger', keys: [] });
    act('n1', pingTo(2), pingTo(3));
    sim.run(10);
    expect(engines.of('n2').kinds()).toEqual(['start', 'packet']);
    expect(engines.of('stranger').kinds()).toEqual(['start']);
    expect(sim.traceLines().some((line) => line.includes('drop'))).toBe(true);
  });

  it('is lost, doubled or cut off as the network says', () => {
    const { sim, engines, act } = quiet(3, { network: { duplicateRate: 1 } });
    sim.faults.partition(['n1'], ['n3'], { isOneWay: true });
    act('n1', pingTo(2), pingTo(3));
    act('n3', pingTo(1));
    sim.run(10);
    expect(engines.of('n2').kinds()).toEqual(['start', 'packet', 'packet']);
    expect(engines.of('n3').kinds()).toEqual(['start', 'command']);
    expect(engines.of('n1').kinds()).toEqual(['start', 'command', 'packet', 'packet']);
    sim.faults.heal();
    act('n1', pingTo(3));
    sim.run(10);
    expect(engines.of('n3').kinds().at(-1)).toBe('packet');
    expect(sim.traffic).toMatchObject({ packets: 4, packetsLost: 1 });
  });
});

describe('a simulated stream', () => {
  const pongs = () =>
    fakeEngines(() => (input) => {
      if (input.kind !== 'stream-request') return [];
      const { stream } = input;
      const message = { kind: 'ack', sequence: 5, payload: null } as const;
      return [{ kind: 'stream-reply', stream, message }];
    });

  function dialling(index: number, prepare: (sim: ReturnType<typeof quiet>['sim']) => void) {
    const engines = pongs();
    const sim = createSimulation({ createEngine: engines.createEngine });
    sim.start();
    sim.start();
    prepare(sim);
    const engine = engines.of('n1');
    engine.answer = (input) => (input.kind === 'command' ? [dialTo(index, 5)] : []);
    sim.setTags('n1', {});
    sim.run(5_000);
    const ended = engine.inputs.filter(({ input }) => input.kind.startsWith('exchange-'));
    expect(ended).toHaveLength(1);
    return ended[0]?.input;
  }

  it('brings the reply', () => {
    const reply = dialling(2, () => undefined);
    expect(reply).toMatchObject({ kind: 'exchange-replied', exchange: 5 });
    expect(reply).toMatchObject({ message: { kind: 'ack', sequence: 5 } });
  });

  it('is refused by a machine whose process is gone', () => {
    const failed = dialling(2, (sim) => sim.crash('n2'));
    expect(failed).toMatchObject({ kind: 'exchange-failed', failure: { reason: 'refused' } });
  });

  it('times out when the machine is gone, cut off, or its process stands still', () => {
    const timeout = { kind: 'exchange-failed', failure: { reason: 'timeout' } };
    expect(dialling(2, (sim) => sim.crash('n2', { host: true }))).toMatchObject(timeout);
    expect(dialling(2, (sim) => sim.faults.isolate(['n2']))).toMatchObject(timeout);
    expect(
      dialling(2, (sim) => sim.faults.partition(['n2'], ['n1'], { isOneWay: true })),
    ).toMatchObject(timeout);
    expect(dialling(2, (sim) => sim.faults.pause('n2'))).toMatchObject(timeout);
  });

  it('goes nowhere if nobody has the address', () => {
    const failed = dialling(77, () => undefined);
    expect(failed).toMatchObject({ kind: 'exchange-failed', failure: { reason: 'unreachable' } });
  });

  it('is closed by the kernel when the process dies before it answers', () => {
    const { sim, engines, act } = quiet(2);
    act('n1', dialTo(2));
    sim.run(100);
    expect(engines.of('n2').kinds().at(-1)).toBe('stream-request');
    sim.crash('n2');
    sim.run(100);
    expect(engines.of('n1').inputs.at(-1)?.input).toMatchObject({ failure: { reason: 'closed' } });
  });

  it('tells nothing of success when no reply is expected', () => {
    const { sim, engines, act } = quiet(2);
    act('n1', dialTo(2, 1, false));
    sim.run(900);
    expect(engines.of('n2').kinds()).toEqual(['start', 'stream-request']);
    expect(engines.of('n1').kinds()).toEqual(['start', 'command']);
  });
});

describe('a paused process', () => {
  const paused = (driver: 'draining' | 'naive', options: SimulationOptions = {}) => {
    const world = quiet(2, { driver, ...options });
    world.engines.of('n2').deadline = epochMs + 500;
    world.sim.faults.jumpClock('n2', 0);
    world.sim.faults.pause('n2', 1_000);
    world.act('n1', pingTo(2, 1), pingTo(2, 2));
    world.sim.run(900);
    expect(world.engines.of('n2').kinds()).toEqual(['start']);
    world.sim.run(200);
    return world;
  };

  it('reads all that waits before it judges a deadline, and says that it was paused', () => {
    const { engines } = paused('draining');
    expect(engines.of('n2').kinds()).toEqual(['start', 'packet', 'packet', 'paused', 'timer']);
    expect(engines.of('n2').inputs[3]?.input).toEqual({ kind: 'paused', forMs: 1_000 });
  });

  it('judges first when its driver is naive', () => {
    const { engines } = paused('naive');
    expect(engines.of('n2').kinds()).toEqual(['start', 'timer', 'packet', 'packet']);
  });

  it('loses what its kernel has no room for', () => {
    const { engines } = paused('draining', { receiveBufferBytes: 1_000 });
    expect(engines.of('n2').kinds()).toEqual(['start', 'packet', 'paused', 'timer']);
  });

  it('reads a reply that came in time although its own timeout has passed', () => {
    const { sim, engines, act } = quiet(2);
    engines.of('n2').answer = (input) =>
      input.kind === 'stream-request'
        ? [{ kind: 'stream-reply', stream: input.stream, message: { kind: 'error', text: 'no' } }]
        : [];
    act('n1', dialTo(2));
    sim.faults.pause('n1', 3_000);
    sim.run(4_000);
    const ended = engines.of('n1').inputs.filter(({ input }) => input.kind === 'exchange-failed');
    expect(ended.map(({ input }) => input)).toMatchObject([
      { failure: { reason: 'remote-error', text: 'no' } },
    ]);
  });
});

describe('a simulated node', () => {
  it('sees its own clock, and is woken when that shows its deadline', () => {
    const engines = fakeEngines();
    const sim = createSimulation({ createEngine: engines.createEngine });
    sim.start({ clockOffsetMs: -3_600_000 });
    const engine = engines.of('n1');
    engine.deadline = epochMs - 3_600_000 + 700;
    sim.faults.setClockRate('n1', 2);
    sim.run(1_000);
    expect(engine.kinds()).toEqual(['start', 'timer']);
    expect(engine.inputs[1]?.now).toBe(epochMs - 3_600_000 + 700);
  });

  it('starts again with what it knew, or without', () => {
    const { sim, engines } = quiet(1);
    sim.crash('n1');
    sim.restart('n1', { memory: 'checkpoint' });
    expect(engines.of('n1').options.resume).toMatchObject({ memberTime: 1 });
    sim.crash('n1');
    sim.restart('n1', { ip: '10.7.7.7' });
    expect(engines.of('n1').options).not.toHaveProperty('resume');
    expect(engines.of('n1').options.advertise.ip).toBe('10.7.7.7');
    expect(engines.made).toHaveLength(3);
  });

  it('does not hear what was meant for the life before', () => {
    const { sim, engines, act } = quiet(2);
    engines.of('n1').deadline = epochMs + 50;
    act('n1', dialTo(2));
    sim.crash('n1');
    sim.restart('n1');
    sim.run(5_000);
    expect(engines.of('n1').kinds()).toEqual(['start']);
  });

  it('stops when it has lost its name', () => {
    const { sim, act } = quiet(1);
    act('n1', { kind: 'name-lost', matching: 1, responses: 3 });
    expect(sim.node('n1')).toMatchObject({ isUp: false, downReason: 'name-lost' });
  });
});

describe('a check', () => {
  it('finds an incarnation that falls', () => {
    const { act } = quiet(1, { seed: 77 });
    act('n1', joined('x', 5));
    expect(() => act('n1', joined('x', 4))).toThrow(/incarnation fell from 5 to 4/);
  });

  it('finds a view that is not what the facts make it', () => {
    const { sim, engines, act } = quiet(1);
    act('n1', joined('x', 5));
    engines.of('n1').members.delete('x');
    expect(() => sim.checkAll()).toThrow(/x is not known, but its facts make it alive/);
  });

  it('finds queues that grow beyond their bound', () => {
    const { sim, engines } = quiet(1, { limits: { broadcastQueueMax: 10 } });
    engines.of('n1').queued = 11;
    expect(() => sim.checkAll()).toThrow(/nodeQueue has 11/);
  });

  it('finds a packet that nobody can read', () => {
    const { act } = quiet(1);
    const junk = { ...pingTo(1), message: Uint8Array.of(99, 1, 2) } as ReturnType<typeof pingTo>;
    expect(() => act('n1', junk)).toThrow(/sent a packet that drops unknown-type/);
  });

  it('finds an engine whose timer never lets time go on', () => {
    const { sim, engines } = quiet(1);
    const engine = engines.of('n1');
    engine.answer = (_input, now) => {
      engine.deadline = now;
      return [];
    };
    sim.setTags('n1', {});
    expect(() => sim.run(1)).toThrow(/timer steps without time going on/);
  });

  it('says how to see a failure again', () => {
    const { sim, engines } = quiet(1, { seed: 4711 });
    engines.of('n1').answer = () => {
      throw new RangeError('ouch');
    };
    const failing = (): unknown => {
      try {
        return sim.setTags('n1', { role: 'web' });
      } catch (error) {
        return error;
      }
    };
    const error = failing();
    expect(error).toBeInstanceOf(SimulationError);
    expect(error).toMatchObject({ seed: 4711, time: 0, cause: new RangeError('ouch') });
    expect(String(error)).toContain('replay with seed 4711');
    expect(String(error)).toMatch(/n1 +command +set-tags role=web/);
  });
});

describe('virtual time', () => {
  it('passes without anything happening', () => {
    const { sim } = quiet(0);
    sim.run(86_400_000);
    expect(sim.now).toBe(86_400_000);
  });

  it('is waited for in vain only until the deadline', () => {
    const { sim } = quiet(1);
    expect(() => sim.runUntil(() => false, { withinMs: 300, what: 'snow in July' })).toThrow(
      /snow in July did not come true within 300 ms/,
    );
  });

  it('runs plans at their time, in order', () => {
    const { sim } = quiet(0);
    const seen: number[] = [];
    sim.at(20, () => seen.push(sim.now));
    sim.at(10, () => seen.push(sim.now));
    sim.run(15);
    expect(seen).toEqual([10]);
    sim.run(5);
    expect(seen).toEqual([10, 20]);
  });
});

it('refuses what cannot be', () => {
  const { sim } = quiet(1);
  expect(() => sim.start({ id: 'n1' })).toThrow(/id n1 is taken/);
  expect(() => sim.node('n9')).toThrow(/id n9 is no node/);
  expect(() => sim.restart('n1')).toThrow(/n1 runs/);
  sim.crash('n1');
  expect(() => sim.leave('n1')).toThrow(/n1 does not run/);
  expect(() => sim.faults.setClockRate('n1', 0)).toThrow(/rate 0 is not positive/);
});
