/** One recorded engine: hand it messages, move its clock, take its recording. */

import { createHash } from 'node:crypto';

import type { Command, Input } from '../../../src/core/input.ts';
import type { KeyringAccess } from '../../../src/core/keys.ts';
import type { Output } from '../../../src/core/output.ts';
import type { PacketMessage } from '../../../src/model/message.ts';
import type { SerfMessage } from '../../../src/model/serf-message.ts';
import { defaultLimits, profiles } from '../../../src/node/profiles.ts';
import { recorderDefaults } from '../../../src/recorder/bounds.ts';
import type { RecorderBounds } from '../../../src/recorder/bounds.ts';
import { RecordedEngine } from '../../../src/recorder/recorded-engine.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import { keyringAccess } from '../../../src/workers/keyring-access.ts';
import { addressOf } from '../core/harness.ts';

/** A key that occurs nowhere else. */
export function keyOf(name: string, bytes = 32): Buffer {
  return createHash('sha512').update(name).digest().subarray(0, bytes);
}

export class RecordedNode {
  readonly engine: RecordedEngine;
  now = 1_000_000;
  readonly outputs: Output[] = [];
  #commands = 0;

  constructor({
    keys = [],
    bounds = {},
    keyring = keys.length === 0 ? undefined : keyringAccess(new Keyring(keys)),
  }: {
    readonly keys?: readonly Uint8Array[];
    readonly bounds?: Partial<RecorderBounds>;
    readonly keyring?: KeyringAccess | undefined;
  } = {}) {
    this.engine = new RecordedEngine({
      bounds: { ...recorderDefaults, ...bounds },
      seed: 7,
      options: {
        ...profiles.lan,
        ...defaultLimits,
        packetOverheadBytes: 0,
        name: 'a',
        advertise: addressOf('a'),
        tags: new Map([['role', 'web']]),
      },
      dependencies: { codec, ...(keyring !== undefined && { keyring }) },
      now: this.now,
    });
    this.input({ kind: 'start' });
  }

  input(input: Input): readonly Output[] {
    const outputs = this.engine.step(input, this.now);
    this.outputs.push(...outputs);
    return outputs;
  }

  hear(from: string, ...messages: readonly PacketMessage[]): void {
    this.input({ kind: 'packet', from: addressOf(from), messages });
  }

  hearSerf(from: string, message: SerfMessage): void {
    this.hear(from, { kind: 'user', payload: codec.encodeSerf(message) });
  }

  advance(ms: number): void {
    const end = this.now + ms;
    while (this.engine.deadline <= end) {
      this.now = Math.max(this.now, this.engine.deadline);
      this.input({ kind: 'timer' });
    }
    this.now = end;
  }

  command(command: Command): void {
    this.#commands += 1;
    this.input({ kind: 'command', id: this.#commands, command });
  }
}
