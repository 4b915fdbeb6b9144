/** An engine whose inputs are recorded. To its driver it is an engine like any other. */

import { Engine } from '../core/engine.ts';
import type { Input } from '../core/input.ts';
import type { Output } from '../core/output.ts';
import { Recorder } from './recorder.ts';
import type { RecorderOptions } from './recorder.ts';

export class RecordedEngine extends Engine {
  readonly #recorder: Recorder;
  readonly #hasResumed: boolean;

  constructor(parts: RecorderOptions) {
    const recorder = new Recorder(parts);
    super(parts.options, recorder.dependencies, parts.now);
    this.#recorder = recorder;
    this.#hasResumed = parts.options.resume !== undefined;
  }

  override step(input: Input, now: number): readonly Output[] {
    const recorder = this.#recorder;
    const recorded = recorder.begin(input);
    try {
      const outputs = super.step(input, now);
      // What is put back at the start is not told of in facts.
      const members =
        input.kind === 'start' && this.#hasResumed ? this.checkpoint().members : undefined;
      recorder.record(recorded, now, { outputs, members, error: undefined });
      return outputs;
    } catch (cause) {
      const error = cause instanceof Error ? cause.message : String(cause);
      recorder.record(recorded, now, { outputs: [], members: undefined, error });
      throw cause;
    }
  }

  /** The recording so far: for `replay` of `folkmoot/testing`. */
  recording(): Uint8Array<ArrayBuffer> {
    return this.#recorder.recording();
  }
}
