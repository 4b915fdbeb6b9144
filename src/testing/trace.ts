/**
 * What happened in a simulation, a line an event, for people; and its hash, for machines.
 *
 * Columns: virtual time in ms, the node, what happened, details. `->` is to, `<-` is from.
 * Notes of the engine are shown but not hashed: rewording a log line is not another behaviour.
 */

import { Fnv1a64 } from './fnv1a.ts';
import { failureTraceLines } from './simulation-error.ts';

/** How much of a trace to make. `off` also makes no hash, and costs nothing. */
export type TraceMode = 'off' | 'hash' | 'full';

/** Lines that `full` keeps; older ones are gone from the text but not from the hash. */
export const traceLinesMax = 200_000;

const timeColumn = 12;
const nodeColumn = 8;
const verbColumn = 9;

export class Trace {
  readonly mode: TraceMode;
  readonly #hash = new Fnv1a64();
  readonly #linesMax: number;
  readonly #lines: string[] = [];
  #next = 0;
  #count = 0;

  constructor(mode: TraceMode) {
    this.mode = mode;
    this.#linesMax = mode === 'full' ? traceLinesMax : failureTraceLines;
  }

  get isOn(): boolean {
    return this.mode !== 'off';
  }

  /** Events traced so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds an event. Callers build `detail` only when the trace {@link isOn}. */
  add(time: number, node: string, verb: string, detail: string): void {
    if (this.mode === 'off') return;
    const line = format(time, node, verb, detail);
    this.#hash.update(line);
    this.#hash.update('\n');
    this.#count += 1;
    this.#keep(line);
  }

  /** Adds a line that does not count as behaviour. */
  remark(time: number, node: string, text: string): void {
    if (this.mode !== 'off') this.#keep(format(time, node, 'note', text));
  }

  /** The hash of everything traced so far: 16 hexadecimal digits. */
  hash(): string {
    return this.#hash.digest();
  }

  /** The kept lines, oldest first, at most `last`. */
  lines(last = Infinity): readonly string[] {
    const lines = this.#lines;
    const ordered =
      lines.length < this.#linesMax
        ? lines
        : [...lines.slice(this.#next), ...lines.slice(0, this.#next)];
    return last >= ordered.length ? [...ordered] : ordered.slice(-last);
  }

  #keep(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % this.#linesMax;
  }
}

function format(time: number, node: string, verb: string, detail: string): string {
  const head = `${time.toFixed(3).padStart(timeColumn)}  ${node.padEnd(nodeColumn)}`;
  return `${head} ${verb.padEnd(verbColumn)} ${detail}`;
}
