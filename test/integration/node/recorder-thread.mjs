/**
 * A worker thread whose engine is recorded, and throws when it is given a tag named `fault`. Plain
 * JavaScript: threads load it as it is, beside the built package.
 */

import { recorderDefaults } from '../../../dist/recorder/bounds.js';
import { RecordedEngine } from '../../../dist/recorder/recorded-engine.js';
import { codec } from '../../../dist/wire/codec.js';
import { startSession } from '../../../dist/workers/thread.js';

const faulty = {
  ...codec,
  encodeTags: (tags) => {
    if (tags.has('fault')) throw new Error('a bug in the codec');
    return codec.encodeTags(tags);
  },
};

export default function start(task) {
  return startSession(task, {
    createEngine: (options, now) =>
      new RecordedEngine({
        bounds: recorderDefaults,
        seed: 1,
        options,
        dependencies: { codec: faulty },
        now,
      }),
  });
}
