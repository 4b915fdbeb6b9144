/** One engine under test: hand it messages, move its clock, look at what it says and does. */

import { Engine } from '../../../src/core/engine.ts';
import type { EngineDependencies } from '../../../src/core/engine.ts';
import type { Command, Input } from '../../../src/core/input.ts';
import type { EngineOptions } from '../../../src/core/options.ts';
import type { CommandResult, Output } from '../../../src/core/output.ts';
import type { Address } from '../../../src/model/address.ts';
import { ipToBytes } from '../../../src/model/address.ts';
import type { Fact, FactKind } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import type { Alive, PacketMessage, PushPull } from '../../../src/model/message.ts';
import { seededRandom } from '../../../src/model/random.ts';
import type { SerfMessage } from '../../../src/model/serf-message.ts';
import { ownVersions, versionsToBytes } from '../../../src/model/versions.ts';
import { defaultLimits, profiles } from '../../../src/node/profiles.ts';
import { codec } from '../../../src/wire/codec.ts';
import { openPacket } from '../../../src/wire/packet.ts';

const plain = { keyring: undefined, label: '' };

/** Where the node `name` of a test is: node `b` is the second, and so on. */
export function addressOf(name: string): Address {
  return { ip: `127.0.0.${(name.codePointAt(0) ?? 0) - 96}`, port: 7946 };
}

export function alive(node: string, incarnation = 1, changes: Partial<Alive> = {}): Alive {
  return {
    kind: 'alive',
    incarnation,
    node,
    address: ipToBytes(addressOf(node).ip),
    port: 7946,
    meta: codec.encodeTags(new Map()),
    versions: versionsToBytes(ownVersions),
    ...changes,
  };
}

export type Sent = { readonly to: Address; readonly message: PacketMessage };

export class Harness {
  readonly engine: Engine;
  now = 1_000_000;
  readonly outputs: Output[] = [];
  #commands = 0;

  constructor(
    changes: Partial<EngineOptions> = {},
    dependencies: Partial<EngineDependencies> = {},
  ) {
    const options: EngineOptions = {
      ...profiles.lan,
      ...defaultLimits,
      packetOverheadBytes: 0,
      pushPullIntervalMs: 0,
      name: 'a',
      advertise: addressOf('a'),
      tags: new Map(),
      ...changes,
    };
    this.engine = new Engine(
      options,
      { codec, random: seededRandom(1), ...dependencies },
      this.now,
    );
    this.input({ kind: 'start' });
  }

  input(input: Input): readonly Output[] {
    const outputs = this.engine.step(input, this.now);
    this.outputs.push(...outputs);
    return outputs;
  }

  /** Hands in one packet. */
  hear(from: string, ...messages: PacketMessage[]): readonly Output[] {
    return this.input({ kind: 'packet', from: addressOf(from), messages });
  }

  hearSerf(from: string, message: SerfMessage): readonly Output[] {
    return this.hear(from, { kind: 'user', payload: codec.encodeSerf(message) });
  }

  /** Moves the clock, firing every deadline on the way, until `ms` later or `until` holds. */
  advance(ms: number, until: () => boolean = () => false): void {
    const end = this.now + ms;
    while (this.engine.deadline <= end && !until()) {
      this.now = Math.max(this.now, this.engine.deadline);
      this.input({ kind: 'timer' });
    }
    if (!until()) this.now = end;
  }

  command(command: Command): number {
    this.#commands += 1;
    this.input({ kind: 'command', id: this.#commands, command });
    return this.#commands;
  }

  result(id: number): CommandResult | undefined {
    for (const output of this.outputs) {
      if (output.kind === 'answered' && output.id === id) return output.result;
    }
    return undefined;
  }

  member(name: string): Member | undefined {
    return this.engine.members.get(name);
  }

  facts<K extends FactKind>(kind: K): Extract<Fact, { kind: K }>[] {
    return this.outputs.flatMap((output) =>
      output.kind === 'fact' && output.fact.kind === kind
        ? [output.fact as Extract<Fact, { kind: K }>]
        : [],
    );
  }

  /** Every message sent so far, out of its packets. */
  get sent(): Sent[] {
    return this.outputs.flatMap((output) =>
      output.kind === 'send'
        ? openPacket(output.message, plain).messages.map((message) => ({ to: output.to, message }))
        : [],
    );
  }

  sentOf<K extends PacketMessage['kind']>(kind: K): Extract<PacketMessage, { kind: K }>[] {
    return this.sent.flatMap(({ message }) =>
      message.kind === kind ? [message as Extract<PacketMessage, { kind: K }>] : [],
    );
  }

  sentSerf<K extends SerfMessage['kind']>(kind: K): Extract<SerfMessage, { kind: K }>[] {
    return this.sentOf('user').flatMap(({ payload }) => {
      const decoded = codec.decodeSerf(payload);
      return decoded.ok && decoded.value.kind === kind
        ? [decoded.value as Extract<SerfMessage, { kind: K }>]
        : [];
    });
  }

  exchanges(): Extract<Output, { kind: 'exchange' }>[] {
    return this.outputs.filter((output) => output.kind === 'exchange');
  }

  /** The push/pull that this engine answers a stream with. */
  pushPullReply(request: PushPull, from = 'b'): PushPull {
    const outputs = this.input({
      kind: 'stream-request',
      stream: 1,
      from: addressOf(from),
      message: request,
    });
    const reply = outputs.find((output) => output.kind === 'stream-reply');
    if (reply?.message?.kind !== 'push-pull') throw new Error('no push/pull came back');
    return reply.message;
  }

  /** Forgets the outputs so far. */
  clear(): void {
    this.outputs.length = 0;
  }
}
