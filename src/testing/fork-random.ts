/** Independent generators from one seed, so that a draw more in one place does not shift all others. */

import { seededRandom } from '../model/random.ts';
import type { Random } from '../model/random.ts';
import { fnv1a32 } from './fnv1a.ts';

/** The generator for one purpose (`engine/n3/0`, `network/n3`) under a seed. */
export function forkRandom(seed: number, purpose: string): Random {
  const random = seededRandom(fnv1a32(`${seed}/${purpose}`));
  // Neighbouring seeds of a small generator start alike; a few draws part them.
  for (let draw = 0; draw < 4; draw += 1) random();
  return random;
}
