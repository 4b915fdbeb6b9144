import { describe, expect, it } from 'vitest';
import type { Output } from '../../../src/core/output.ts';
import type { PushPull } from '../../../src/model/message.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import { recordingVersion } from '../../../src/recorder/recording.ts';
import { replay } from '../../../src/testing/replay.ts';
import { alive } from '../core/harness.ts';
import { heard } from '../core/query-messages.ts';
import { recordedCluster } from './recorded-cluster.ts';
import { RecordedNode } from './recorded-node.ts';

/** What `call` throws. */
function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe('a recording', () => {
  it('replays what a node was told and did: members, events, queries, time', () => {
    const node = new RecordedNode();
    node.hear('b', alive('b'), alive('c'));
    node.hearSerf('b', heard({ time: 4, id: 4, name: 'load' }));
    node.command({
      kind: 'user-event',
      name: 'deploy',
      payload: Uint8Array.of(1, 2, 3),
      coalesce: false,
    });
    node.input({ kind: 'paused', forMs: 1_234.5 });
    node.advance(60_000);
    const seen: string[] = [];
    const result = replay(node.engine.recording(), {
      onStep: ({ number, input, at }) => seen.push(`${number} ${input.kind} ${at >= 1_000_000}`),
    });
    expect(result).toMatchObject({ by: 'engine', mismatchAt: undefined, error: undefined });
    expect(result.members).toEqual(node.engine.members);
    expect(result.members.get('c')?.status).toBe('failed');
    expect(result.facts).toEqual(factsOf(node.outputs));
    expect(seen.slice(0, 3)).toEqual(['1 start true', '2 packet true', '3 packet true']);
    expect(seen).toHaveLength(result.inputs);
  });

  it('is the same twice, and does not change what is recorded later', () => {
    const node = new RecordedNode();
    node.hear('b', alive('b'));
    expect(node.engine.recording()).toEqual(node.engine.recording());
    node.advance(10_000);
    expect(replay(node.engine.recording()).members).toEqual(node.engine.members);
  });

  it('is a copy: what its owner does to it is of no consequence', () => {
    const node = new RecordedNode();
    node.engine.recording().fill(0);
    expect(replay(node.engine.recording()).mismatchAt).toBeUndefined();
  });

  it('keeps the latest inputs within its bounds, and knows the members before them', () => {
    const node = new RecordedNode({ bounds: { inputsMax: 10 } });
    node.hear('b', alive('b'));
    node.advance(60_000);
    const numbers: number[] = [];
    const recording = node.engine.recording();
    const result = replay(recording, { onStep: ({ number }) => numbers.push(number) });
    expect(result).toMatchObject({ by: 'facts', inputs: 10, mismatchAt: undefined });
    expect(result.members).toEqual(node.engine.members);
    expect(numbers.at(-1)).toBeGreaterThan(100);
    expect(numbers).toHaveLength(10);
  });

  it('keeps few bytes if it is told so, even if one input alone is more', () => {
    const node = new RecordedNode({ bounds: { bytesMax: 1_000 } });
    node.advance(60_000);
    expect(node.engine.recording().length).toBeLessThan(10_000);
    node.hearSerf('b', heard({ payload: new Uint8Array(2_000) }));
    node.hear('b', alive('b'));
    const result = replay(node.engine.recording());
    expect(result.members).toEqual(node.engine.members);
    expect(result.facts.map(({ kind }) => kind)).toEqual(['node-joined', 'member-joined']);
  });

  it('of a node that was resumed begins with what it knew, whether it is whole or not', () => {
    for (const inputsMax of [100_000, 5]) {
      const { simulation, lives } = recordedCluster({ seed: 3, nodes: 3 }, { inputsMax });
      simulation.run(5_000);
      simulation.crash('n2');
      simulation.run(1_000);
      simulation.restart('n2', { memory: 'checkpoint' });
      simulation.run(3_000);
      const [life] = lives.filter(({ name }) => name === 'n2').slice(-1);
      const result = replay(life?.engine.recording() ?? new Uint8Array());
      expect(result.by).toBe(inputsMax === 5 ? 'facts' : 'engine');
      expect(result.members).toEqual(life?.engine.members);
      expect(result.members.size).toBe(3);
    }
  });

  it('holds the input at which the engine threw, and the replay throws there too', () => {
    const node = new RecordedNode();
    node.hear('b', alive('b'));
    // A message that the wire never brings: nothing that it does bring makes an engine throw.
    const message = { kind: 'push-pull', join: false } as unknown as PushPull;
    const from = { ip: '127.0.0.2', port: 1 };
    const error = thrown(() => node.input({ kind: 'stream-request', stream: 1, from, message }));
    expect(error).toBeInstanceOf(TypeError);
    const result = replay(node.engine.recording());
    expect(result.error).toBe(error instanceof Error ? error.message : '');
    expect(result).toMatchObject({ by: 'engine', mismatchAt: undefined, inputs: 3 });
    expect(result.members.get('b')?.status).toBe('alive');
  });
});

describe('a replay that takes another course', () => {
  it('says at which input, and goes on', () => {
    const node = new RecordedNode();
    node.hear('b', alive('b'));
    node.advance(5_000);
    const recording = Buffer.from(node.engine.recording());
    // Another member than was recorded: the inputs were tampered with, the facts were not.
    const at = recording.indexOf(Buffer.from('b'), recording.indexOf(Buffer.from('alive')));
    const original = replay(recording);
    expect(original.mismatchAt).toBeUndefined();
    recording[at] = 'x'.charCodeAt(0);
    const tampered = replay(recording);
    expect(tampered.inputs).toBe(original.inputs);
    expect(tampered.mismatchAt).toBeGreaterThan(0);
    expect(tampered.mismatch).toMatch(/^(?:facts|outputs)$/);
  });
});

describe('bytes that are no recording', () => {
  const recording = new RecordedNode().engine.recording();

  it.each([
    ['nothing', new Uint8Array()],
    ['something else', new TextEncoder().encode('hello, this is something else entirely')],
    ['a recording of another version', Buffer.from(recording).fill(recordingVersion + 1, 19, 20)],
    ['half a recording', recording.subarray(0, recording.length / 2)],
    ['a recording without its last byte', recording.subarray(0, -1)],
    ['a header alone', recording.subarray(0, 24)],
    ['a recording whose header says nonsense', Buffer.from(recording).fill(0xff, 24, 30)],
  ])('are refused: %s', (_what, bytes) => {
    const error = thrown(() => replay(bytes));
    expect(error).toBeInstanceOf(FolkmootError);
    expect(error).toMatchObject({ code: 'ERR_OPTION', details: { option: 'recording' } });
  });
});

function factsOf(outputs: readonly Output[]): readonly unknown[] {
  return outputs.flatMap((output) => (output.kind === 'fact' ? [output.fact] : []));
}
