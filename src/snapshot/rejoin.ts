/** Finding back into the cluster: whom of those that a snapshot remembers to try, in which order. */

import type { JoinTarget } from '../core/input.ts';
import type { Address } from '../model/address.ts';
import { shuffle } from '../model/random.ts';
import type { Random } from '../model/random.ts';

/**
 * The members of a snapshot other than `self`, in random order, so that a cluster that starts again
 * does not fall upon one of its members. As Serf, try one after the other until one can be joined.
 */
export function rejoinTargets(
  nodes: ReadonlyMap<string, Address>,
  { self, random }: { readonly self: string; readonly random: Random },
): readonly JoinTarget[] {
  const others = Array.from(nodes, ([name, { ip, port }]) => ({ name, ip, port }));
  return shuffle(
    others.filter(({ name }) => name !== self),
    random,
  );
}
