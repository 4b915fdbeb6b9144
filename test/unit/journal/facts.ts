/** Facts and members for tests, complete and short to write. */

import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import type { Cause, Fact, NodeClaim } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import { ownVersions } from '../../../src/model/versions.ts';

export const cause: Cause = { kind: 'gossip', via: '127.0.0.1:7946' };

/** A fact without the parts that do not matter: by default about `web`, at time 1. */
type Short<F extends Fact> = F extends Fact
  ? Omit<F, 'name' | 'at' | 'cause'> & {
      readonly name?: string;
      readonly at?: number;
      readonly cause?: Cause;
    }
  : never;

export function fact(short: Short<Fact>): Fact {
  return { name: 'web', at: 1, cause, ...short };
}

/** What a node says of itself. */
export function claim(incarnation: number, role = 'web'): NodeClaim {
  return {
    incarnation,
    address: { ip: '127.0.0.1', port: 7946 },
    meta: new TextEncoder().encode(role),
    tags: new Map([['role', role]]),
    versions: ownVersions,
  };
}

/** The facts by which a member comes. */
export function arrival(name = 'web', at = 1): readonly Fact[] {
  return [
    fact({ kind: 'node-joined', name, at, ...claim(1) }),
    fact({ kind: 'member-joined', name, at, memberState: 'alive', statusTime: 0 }),
  ];
}

/** The view that facts make. */
export function fold(...facts: readonly Fact[]): Members {
  const members: Members = new Map();
  for (const each of facts) evolve(members, each);
  return members;
}

/** The one member called `web` that facts make. */
export function web(...facts: readonly Fact[]): Member {
  const member = fold(...facts).get('web');
  if (member === undefined) throw new Error('The facts make no member called web.');
  return member;
}
