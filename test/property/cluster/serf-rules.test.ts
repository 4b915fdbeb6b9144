/** One engine against a reference of Serf's rules: whatever comes, in whatever order, both end the same. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Engine } from '../../../src/core/engine.ts';
import type { Input } from '../../../src/core/input.ts';
import { ipToBytes } from '../../../src/model/address.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import { nodeStateNumbers } from '../../../src/model/member.ts';
import type { PacketMessage } from '../../../src/model/message.ts';
import { seededRandom } from '../../../src/model/random.ts';
import type { SerfMessage } from '../../../src/model/serf-message.ts';
import { ownVersions, versionsToBytes } from '../../../src/model/versions.ts';
import { defaultLimits, profiles } from '../../../src/node/profiles.ts';
import { codec } from '../../../src/wire/codec.ts';
import { ReferenceSerf } from './reference-serf.ts';
import type { Entry } from './reference-serf.ts';

const now = 1_785_000_000_000;
const self = 'me';
const selfIp = '10.0.0.1';
const from = { ip: '10.0.0.99', port: 7946 };
const meta = codec.encodeTags(new Map());
const versions = versionsToBytes(ownVersions);

/** Something that reaches a node, and what the reference makes of it. */
type Step =
  | {
      readonly kind: 'alive';
      readonly name: string;
      readonly incarnation: number;
      readonly ip: string;
    }
  | { readonly kind: 'suspect'; readonly name: string; readonly incarnation: number }
  | {
      readonly kind: 'dead';
      readonly name: string;
      readonly incarnation: number;
      readonly isOwn: boolean;
    }
  | { readonly kind: 'join' | 'leave'; readonly name: string; readonly time: number }
  | {
      readonly kind: 'push-pull';
      readonly entries: readonly Entry[];
      readonly time: number;
      readonly statusTimes: ReadonlyMap<string, number>;
      readonly left: readonly string[];
    };

const names = ['x', 'y', 'z'];
const other = fc.constantFrom(...names);
const anybody = fc.constantFrom(self, ...names);
const incarnation = fc.integer({ min: 1, max: 4 });
const time = fc.integer({ min: 0, max: 8 });
const ip = fc.constantFrom('10.0.0.7', '10.0.0.7', '10.0.0.8');

const entry: fc.Arbitrary<Entry> = fc.record({
  name: other,
  state: fc.constantFrom('alive', 'suspect', 'failed', 'left'),
  incarnation,
  ip,
});

const pushPull = fc
  .record({
    entries: fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 3 }),
    time,
    times: fc.uniqueArray(fc.tuple(anybody, time), { selector: ([name]) => name, maxLength: 4 }),
    left: fc.uniqueArray(anybody, { maxLength: 2 }),
  })
  .map(({ times, ...rest }) => ({
    kind: 'push-pull' as const,
    ...rest,
    statusTimes: new Map(times),
  }));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('alive' as const), name: other, incarnation, ip }),
  fc.record({ kind: fc.constant('suspect' as const), name: anybody, incarnation }),
  fc.record({
    kind: fc.constant('dead' as const),
    name: anybody,
    incarnation,
    isOwn: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('join' as const, 'leave' as const), name: anybody, time }),
  pushPull,
);

/** A list of steps that prints as a story. */
const steps = fc.array(step, { maxLength: 40 }).map((list) => ({
  list,
  [fc.toStringMethod]: () => `\n${list.map((each) => `  ${format(each)}`).join('\n')}\n`,
}));

function format(each: Step): string {
  switch (each.kind) {
    case 'alive':
      return `alive ${each.name} #${each.incarnation} at ${each.ip}`;
    case 'suspect':
      return `suspect ${each.name} #${each.incarnation}`;
    case 'dead':
      return `dead ${each.name} #${each.incarnation} by ${each.isOwn ? 'itself' : 'another'}`;
    case 'join':
    case 'leave':
      return `${each.kind} intent ${each.name} @${each.time}`;
    case 'push-pull': {
      const entries = each.entries.map((e) => `${e.name} ${e.state} #${e.incarnation} at ${e.ip}`);
      const times = [...each.statusTimes].map(([name, at]) => `${name}@${at}`);
      return `push-pull @${each.time} [${entries.join(', ')}] times ${times.join(' ')} left ${each.left.join(' ')}`;
    }
    default:
      return each satisfies never;
  }
}

function refer(reference: ReferenceSerf, each: Step): void {
  switch (each.kind) {
    case 'alive':
      return reference.alive(each.name, each.incarnation, each.ip);
    case 'suspect':
      return reference.suspect(each.name, each.incarnation);
    case 'dead':
      return reference.dead(each.name, each.incarnation, each.isOwn ? each.name : 'w');
    case 'join':
      return reference.joinIntent(each.name, each.time);
    case 'leave':
      return reference.leaveIntent(each.name, each.time);
    case 'push-pull':
      return reference.pushPull(each.entries, each);
    default:
      return each satisfies never;
  }
}

function inputFor(each: Step): Input {
  switch (each.kind) {
    case 'alive':
      return packet({
        kind: 'alive',
        node: each.name,
        incarnation: each.incarnation,
        address: ipToBytes(each.ip),
        port: 7946,
        meta,
        versions,
      });
    case 'suspect':
      return packet({ kind: 'suspect', node: each.name, incarnation: each.incarnation, from: 'w' });
    case 'dead': {
      const accuser = each.isOwn ? each.name : 'w';
      return packet({
        kind: 'dead',
        node: each.name,
        incarnation: each.incarnation,
        from: accuser,
      });
    }
    case 'join':
      return intent({ kind: 'join-intent', node: each.name, time: each.time });
    case 'leave':
      return intent({ kind: 'leave-intent', node: each.name, time: each.time, prune: false });
    case 'push-pull':
      return { kind: 'stream-request', stream: 1, from, message: stateMessage(each) };
    default:
      return each satisfies never;
  }
}

function packet(message: PacketMessage): Input {
  return { kind: 'packet', from, messages: [message] };
}

function intent(message: SerfMessage): Input {
  return packet({ kind: 'user', payload: codec.encodeSerf(message) });
}

function stateMessage(each: Extract<Step, { kind: 'push-pull' }>) {
  const userState = codec.encodeSerf({
    kind: 'serf-state',
    time: each.time,
    statusTimes: each.statusTimes,
    leftMembers: each.left,
    eventTime: 0,
    events: [],
    queryTime: 0,
  });
  const nodes = each.entries.map(({ name, state, incarnation: number, ip: at }) => ({
    name,
    address: ipToBytes(at),
    port: 7946,
    meta,
    incarnation: number,
    state: nodeStateNumbers[state],
    versions,
  }));
  return { kind: 'push-pull', join: false, nodes, userState } as const;
}

function newEngine(): Engine {
  const options = {
    ...profiles.lan,
    ...defaultLimits,
    packetOverheadBytes: 0,
    name: self,
    advertise: { ip: selfIp, port: 7946 },
    tags: new Map(),
    consults: { merge: false, alive: false, timeoutMs: 1_000, acceptOnTimeout: true },
  };
  return new Engine(options, { codec, random: seededRandom(1) }, now);
}

function seen(
  members: ReadonlyMap<
    string,
    {
      readonly nodeState: string;
      readonly memberState: string;
      readonly incarnation: number;
      readonly statusTime: number;
      readonly ip: string;
    }
  >,
) {
  return [...members]
    .map(
      ([name, m]) =>
        `${name}: ${m.nodeState} #${m.incarnation} at ${m.ip}, ${m.memberState} @${m.statusTime}`,
    )
    .sort();
}

function referred({ nodes, members }: ReferenceSerf) {
  return [...nodes]
    .map(([name, node]) => {
      const member = members.get(name);
      const status = member === undefined ? 'none @0' : `${member.status} @${member.time}`;
      return `${name}: ${node.state} #${node.incarnation} at ${node.ip}, ${status}`;
    })
    .sort();
}

it('ends as Serf ends it, after every step, whatever comes in whatever order', () => {
  fc.assert(
    fc.property(steps, ({ list }) => {
      const engine = newEngine();
      const reference = new ReferenceSerf(self, selfIp);
      engine.step({ kind: 'start' }, now);
      for (const each of list) {
        engine.step(inputFor(each), now);
        refer(reference, each);
        expect(seen(engine.members)).toEqual(referred(reference));
        expect(engine.stats().memberTime).toBe(reference.clock);
      }
    }),
    { numRuns: 3_000 },
  );
});

it('shows nothing that its facts do not tell, after every step', () => {
  fc.assert(
    fc.property(steps, ({ list }) => {
      const engine = newEngine();
      const folded: Members = new Map();
      const inputs: Input[] = [{ kind: 'start' }, ...list.map(inputFor)];
      for (const input of inputs) {
        for (const output of engine.step(input, now)) {
          if (output.kind === 'fact') evolve(folded, output.fact);
        }
        expect(folded).toEqual(new Map(engine.members));
      }
    }),
    { numRuns: 500 },
  );
});
