/** Reads what a snapshot file says, chunk by chunk and in bounded memory, whatever is in it. */

import type { Address } from '../model/address.ts';
import { SnapshotFold } from './snapshot-fold.ts';
import type { FoldOptions, SnapshotClocks } from './snapshot-fold.ts';
import { lineBytesMax, parseLine } from './snapshot-line.ts';
import type { LineFault, TextCodec } from './snapshot-line.ts';

/** Why something in a file counted for nothing. */
export type SnapshotWarning = LineFault | 'line-too-long' | 'too-many-nodes';

/** What a file says. */
export interface SnapshotState extends SnapshotClocks {
  /** The members that were here last, this node included. */
  readonly nodes: ReadonlyMap<string, Address>;
  /** Whether the last that happened to the membership is that this node left gracefully. */
  readonly left: boolean;
  /** How often each. */
  readonly warnings: ReadonlyMap<SnapshotWarning, number>;
  /** Up to the end of the last whole line … */
  readonly wholeBytes: number;
  /** … and after it: a line that was torn when the writer died. It is not replayed. */
  readonly tornBytes: number;
}

export interface ReplayOptions extends FoldOptions {
  readonly text: TextCodec;
}

/** Replays a whole file in memory. */
export function replaySnapshot(bytes: Uint8Array, options: ReplayOptions): SnapshotState {
  const replay = new SnapshotReplay(options);
  replay.push(bytes);
  return replay.state;
}

/** Push the chunks in order, then look at the state. Never throws on what is in them. */
export class SnapshotReplay {
  readonly #options: ReplayOptions;
  readonly #fold: SnapshotFold;
  readonly #warnings = new Map<SnapshotWarning, number>();
  /** The beginning of a line whose end has not come yet. */
  #rest: Uint8Array = new Uint8Array(0);
  /** In a line that is too long: its end is awaited. */
  #isSkipping = false;
  #wholeBytes = 0;
  #tornBytes = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#fold = new SnapshotFold(options);
  }

  get state(): SnapshotState {
    const { nodes, memberTime, eventTime, queryTime, left } = this.#fold;
    return {
      nodes,
      memberTime,
      eventTime,
      queryTime,
      left,
      warnings: this.#warnings,
      wholeBytes: this.#wholeBytes,
      tornBytes: this.#tornBytes,
    };
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, start)) {
      this.#line(chunk.subarray(start, end));
      this.#wholeBytes += this.#tornBytes + end + 1 - start;
      this.#tornBytes = 0;
      start = end + 1;
    }
    this.#tornBytes += chunk.length - start;
    if (this.#isSkipping || start === chunk.length) return;
    if (this.#tornBytes <= lineBytesMax) this.#rest = joined(this.#rest, chunk.subarray(start));
    else this.#skip();
  }

  #line(end: Uint8Array): void {
    if (!this.#isSkipping && this.#rest.length + end.length > lineBytesMax) this.#skip();
    if (this.#isSkipping) {
      this.#isSkipping = false;
      this.#warn('line-too-long');
      return;
    }
    const bytes = this.#rest.length === 0 ? end : joined(this.#rest, end);
    this.#rest = new Uint8Array(0);
    const parsed = parseLine(this.#options.text.decode(bytes));
    if (parsed.kind === 'faulty') this.#warn(parsed.fault);
    else if (parsed.kind !== 'ignored' && !this.#fold.apply(parsed)) this.#warn('too-many-nodes');
  }

  #skip(): void {
    this.#isSkipping = true;
    this.#rest = new Uint8Array(0);
  }

  #warn(warning: SnapshotWarning): void {
    this.#warnings.set(warning, (this.#warnings.get(warning) ?? 0) + 1);
  }
}

const lineEnd = 0x0a;

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
