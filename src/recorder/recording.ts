/** Recordings as bytes: what is in one, and how it is written and read. */

// The part of the package that brings no native code with it.
import { Packr } from 'msgpackr/pack';

import type { Input } from '../core/input.ts';
import type { EngineOptions } from '../core/options.ts';
import { FolkmootError } from '../model/error.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { lengthBytes, Tape } from './tape.ts';

/** Rises when a recording of before could be misread. */
export const recordingVersion = 1;

/** What the engine was made with. */
export interface RecordingStart {
  readonly options: EngineOptions;
  /** Of its generator, `seededRandom`. */
  readonly seed: number;
  /** When it was made, by its clock: Unix epoch ms. */
  readonly at: number;
  /** Whether it had a keyring. The keys themselves are not recorded. */
  readonly hasKeyring: boolean;
}

/** What the keyring answered to one call. */
export type KeyringReply = string | readonly string[] | undefined;

/** One input, and what the engine made of it. */
export interface RecordedStep {
  /** The time it was given, by the engine's clock: Unix epoch ms. */
  readonly at: number;
  readonly input: Input;
  readonly facts: readonly Fact[];
  /** Of all other outputs but notes, see {@link ./digest.ts}. */
  readonly digest: number;
  readonly keyring: readonly KeyringReply[];
  /** What the engine threw, if it did: then this is the last step. */
  readonly error: string | undefined;
}

export interface Recording {
  readonly start: RecordingStart;
  /** Inputs before the first step that did not fit any more. */
  readonly dropped: number;
  /** Every node known before the first step. */
  readonly base: readonly Member[];
  readonly steps: readonly RecordedStep[];
}

/** All but the steps; `structures` are needed to read those. */
interface Header extends Omit<Recording, 'steps'> {
  readonly steps: number;
  readonly structures: readonly (readonly string[])[];
}

const packing = {
  // Bytes stay `Uint8Array`s, and `Map`s stay `Map`s.
  moreTypes: true,
  // Else a few bytes of a message would keep all of the recording alive.
  copyBuffers: true,
};

/** Encodes steps one by one, as they happen, to be put on a {@link Tape}. */
export class StepEncoder {
  readonly #structures: string[][] = [];
  readonly #packr = new Packr({ ...packing, structures: this.#structures });

  /** To be copied at once: the buffer behind it holds much more. */
  encode(step: RecordedStep): Uint8Array {
    return this.#packr.pack(step);
  }

  /** The recording of steps that this encoder has encoded; `pieces` are those of their tape. */
  recording(
    parts: Omit<Header, 'structures'>,
    pieces: readonly Uint8Array[],
  ): Uint8Array<ArrayBuffer> {
    const structures = this.#structures.map((keys) => [...keys]);
    const head = new Tape();
    head.append(new Packr(packing).pack({ ...parts, structures } satisfies Header));
    return new Uint8Array(Buffer.concat([prefix, ...head.pieces, ...pieces]));
  }
}

/**
 * Reads a recording.
 *
 * @throws FolkmootError `ERR_OPTION` for bytes that are none, or of another version.
 */
export function readRecording(bytes: Uint8Array): Recording {
  const hasMagic = magic.every((byte, index) => bytes[index] === byte);
  if (!hasMagic) throw recordingError('These bytes are no recording of a node.');
  const version = bytes[magic.length];
  if (version !== recordingVersion) {
    const text = `This is a recording of version ${version}, and this package reads version ${recordingVersion}: replay it with the package that made it.`;
    throw recordingError(text);
  }
  try {
    return readParts(partsOf(bytes));
  } catch (cause) {
    throw recordingError('The recording is cut off or damaged.', cause);
  }
}

const magic = new TextEncoder().encode('folkmoot recording\n');
const prefix = Uint8Array.of(...magic, recordingVersion);

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = prefix.length; at < bytes.length;) {
    const begin = at + lengthBytes;
    const end = begin + view.getUint32(at);
    if (end > bytes.length) throw new RangeError('a part is cut off');
    yield bytes.subarray(begin, end);
    at = end;
  }
}

function readParts([head, ...parts]: Iterable<Uint8Array>): Recording {
  if (head === undefined) throw new RangeError('the header is missing');
  const { structures, steps, ...rest } = new Packr(packing).unpack(head) as Header;
  if (steps !== parts.length) throw new RangeError('steps are missing');
  const packr = new Packr({ ...packing, structures: structures.map((keys) => [...keys]) });
  return { ...rest, steps: parts.map((part) => packr.unpack(part) as RecordedStep) };
}

function recordingError(text: string, cause?: unknown): FolkmootError {
  const details = { option: 'recording', value: undefined };
  return new FolkmootError('ERR_OPTION', text, details, { cause });
}
