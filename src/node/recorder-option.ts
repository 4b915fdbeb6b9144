/** The option that turns the flight recorder on. */

import { recorderDefaults } from '../recorder/bounds.ts';
import type { RecorderBounds } from '../recorder/bounds.ts';
import { optionError, parseInteger, refuseUnknown } from './option-values.ts';

/** `true` is the defaults: 100,000 inputs or 16 MiB, whichever is reached first. */
export type RecorderInput = boolean | Partial<RecorderBounds>;

/** A single push/pull may take as much. */
const bytesMin = 64 * 1024;

/** `undefined`: off. */
export function parseRecorder(input: unknown): RecorderBounds | undefined {
  if (input === undefined || input === false) return undefined;
  if (input === true) return recorderDefaults;
  if (typeof input !== 'object' || input === null) {
    throw optionError('recorder', input, 'Give true, or an object such as { bytesMax: 1e8 }.');
  }
  refuseUnknown('recorder', input, Object.keys(recorderDefaults));
  const { inputsMax, bytesMax }: Partial<Record<keyof RecorderBounds, unknown>> = input;
  return {
    inputsMax: parseInteger('recorder.inputsMax', inputsMax ?? recorderDefaults.inputsMax, {
      min: 1,
      max: 100_000_000,
    }),
    bytesMax: parseInteger('recorder.bytesMax', bytesMax ?? recorderDefaults.bytesMax, {
      min: bytesMin,
      max: 2 ** 30,
    }),
  };
}
