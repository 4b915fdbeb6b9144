/**
 * A worker thread whose engine is the real one until it is told, by a tag named `fault`, to die or to
 * talk a lot. Plain JavaScript: threads load it as it is, beside the built package.
 */

import { codec } from '../../../dist/wire/codec.js';
import { Engine } from '../../../dist/core/engine.js';
import { startSession } from '../../../dist/workers/thread.js';

export default function start(task) {
  return startSession(task, {
    createEngine: (options, now, keyring) => new FaultyEngine(options, now, keyring),
  });
}

class FaultyEngine extends Engine {
  constructor(options, now, keyring) {
    super(options, { codec, random: Math.random, keyring }, now);
    if (options.tags.get('fault') === 'always') throw new Error('it never starts');
  }

  step(input, now) {
    const outputs = super.step(input, now);
    const fault = input.command?.tags?.get('fault');
    return fault === undefined ? outputs : this.fail(fault, outputs, now);
  }

  fail(fault, outputs, now) {
    const [kind, count] = fault.split(' ');
    switch (kind) {
      case 'exit':
        return process.exit(3);
      case 'throw':
        throw new Error('a bug in the engine');
      case 'throw-later':
        setImmediate(() => {
          throw new Error('a bug elsewhere');
        });
        return [];
      case 'reject-later':
        void Promise.reject(new Error('nobody listens'));
        return [];
      case 'exhaust':
        for (const hoard = []; ;) hoard.push(Array.from({ length: 100_000 }, Math.random));
      case 'facts':
        return [
          ...Array.from({ length: Number(count) }, (_, at) => suspicion(at, now)),
          ...outputs,
        ];
      default:
        return outputs;
    }
  }
}

function suspicion(incarnation, at) {
  const cause = { kind: 'consequence' };
  const fact = { kind: 'suspicion-confirmed', name: 'nobody', incarnation, from: 'x', at, cause };
  return { kind: 'fact', fact };
}
