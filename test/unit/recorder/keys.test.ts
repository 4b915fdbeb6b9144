import { describe, expect, it } from 'vitest';
import type { KeyringAccess } from '../../../src/core/keys.ts';
import type { SerfMessage } from '../../../src/model/serf-message.ts';
import { replay } from '../../../src/testing/replay.ts';
import { codec } from '../../../src/wire/codec.ts';
import { alive } from '../core/harness.ts';
import { heard } from '../core/query-messages.ts';
import { RecordedNode, keyOf } from './recorded-node.ts';

const own = keyOf('own');
const installed = keyOf('installed');
const listed = keyOf('listed', 16);
const given = keyOf('given', 24);

function expectNoKey(recording: Uint8Array, ...keys: readonly Buffer[]): void {
  const bytes = Buffer.from(recording);
  for (const key of keys) {
    expect(bytes.includes(key)).toBe(false);
    expect(bytes.includes(key.toString('base64'))).toBe(false);
    expect(bytes.includes(key.subarray(0, 8))).toBe(false);
  }
}

function keyQuery(name: string, key: Uint8Array, time: number): SerfMessage {
  const payload = codec.encodeSerf({ kind: 'key-request', key });
  return heard({ name, payload, time, id: time });
}

function keyResponse(keys: readonly Buffer[]): SerfMessage {
  const texts = keys.map((key) => key.toString('base64'));
  const payload = codec.encodeSerf({
    kind: 'key-response',
    result: true,
    message: '',
    keys: texts,
    primaryKey: texts[0] ?? '',
  });
  return { kind: 'query-response', time: 1, id: 1, from: 'b', flags: 0, payload };
}

describe('the keys of a recorded node', () => {
  it('are in no recording, whatever key queries bring, and the replay takes the same course', () => {
    const node = new RecordedNode({ keys: [own] });
    node.hear('b', alive('b'), alive('c'));
    node.hearSerf('b', keyQuery('_serf_install-key', installed, 5));
    node.hearSerf('b', keyQuery('_serf_use-key', installed, 6));
    node.hearSerf('b', keyQuery('_serf_remove-key', own, 7));
    node.hearSerf('b', heard({ name: '_serf_list-keys', payload: null, time: 8, id: 8 }));
    node.advance(5_000);
    const recording = node.engine.recording();
    expectNoKey(recording, own, installed);
    const result = replay(recording);
    expect(result.mismatchAt).toBeUndefined();
    expect(result.members).toEqual(node.engine.members);
  });

  it('are in none either when this node asks, or passes answers on', () => {
    const node = new RecordedNode({ keys: [own] });
    node.hear('b', alive('b'), alive('c'));
    node.command({ kind: 'keys', operation: 'install', key: given, relayFactor: 0 });
    node.command({ kind: 'keys', operation: 'list', key: new Uint8Array(0), relayFactor: 0 });
    node.advance(500);
    node.hearSerf('b', keyResponse([own, listed]));
    node.hearSerf('c', {
      kind: 'relay',
      destinationAddress: Uint8Array.of(127, 0, 0, 3),
      destinationPort: 7946,
      destinationZone: '',
      destinationName: 'c',
      message: codec.encodeSerf(keyResponse([keyOf('relayed')])),
    });
    node.input({
      kind: 'stream-request',
      stream: 1,
      from: { ip: '127.0.0.2', port: 4_711 },
      message: { kind: 'user', payload: codec.encodeSerf(keyQuery('_serf_use-key', listed, 9)) },
    });
    node.advance(20_000);
    const recording = node.engine.recording();
    expectNoKey(recording, own, given, listed, keyOf('relayed'));
    expect(replay(recording).mismatchAt).toBeUndefined();
  });

  it('are in none when what carries them cannot be read', () => {
    const node = new RecordedNode({ keys: [own] });
    const whole = codec.encodeSerf(keyQuery('_serf_install-key', installed, 5));
    node.hear('b', { kind: 'user', payload: whole.subarray(0, whole.length - 2) });
    const response = keyResponse([listed]);
    const garbled = 'payload' in response && response.payload !== null ? response.payload : whole;
    node.hearSerf('b', heard({ name: '_serf_install-key', payload: garbled.subarray(0, -9) }));
    node.hearSerf('b', {
      kind: 'query-response',
      time: 1,
      id: 1,
      from: 'b',
      flags: 0,
      payload: garbled.subarray(0, garbled.length - 3),
    });
    const recording = node.engine.recording();
    expectNoKey(recording, installed, listed);
    expect(replay(recording).mismatchAt).toBeUndefined();
  });

  it('are in none when they came before they were known as keys', () => {
    const node = new RecordedNode({ keys: [own] });
    const text = installed.toString('base64');
    node.hearSerf('b', {
      kind: 'user-event',
      time: 3,
      name: 'oops',
      payload: new TextEncoder().encode(`the next key is ${text}`),
      coalesce: false,
    });
    node.hearSerf('b', keyQuery('_serf_install-key', installed, 5));
    expectNoKey(node.engine.recording(), installed);
  });

  it('are not needed for a replay: what the keyring answered is recorded', () => {
    const full: KeyringAccess = {
      install: () => 'no space left on device',
      use: () => undefined,
      remove: () => undefined,
      list: () => [own.toString('base64')],
    };
    const node = new RecordedNode({ keyring: full });
    node.hear('b', alive('b'));
    node.hearSerf('b', keyQuery('_serf_install-key', installed, 5));
    const sent = node.outputs.filter(
      (output) =>
        output.kind === 'send' && Buffer.from(output.message).includes('no space left on device'),
    );
    expect(sent).toHaveLength(1);
    expect(replay(node.engine.recording()).mismatchAt).toBeUndefined();
  });

  it('may be many and of any size, without slowing it down or being found where they are not', () => {
    const node = new RecordedNode({ keys: [own] });
    node.hear('b', alive('b'));
    for (let time = 1; time <= 600; time += 1) {
      node.hearSerf('b', keyQuery('_serf_install-key', keyOf(`${time}`, time % 40), time));
    }
    const recording = node.engine.recording();
    for (let time = 1; time <= 600; time += 1) {
      if (time % 40 >= 8) expectNoKey(recording, keyOf(`${time}`, time % 40));
    }
    expect(replay(recording).mismatchAt).toBeUndefined();
  });
});
