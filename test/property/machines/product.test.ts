/** Which pairs of the two machines' states can come about, found by trying everything. */

import { expect, it } from 'vitest';
import type { MemberMachineEvent } from '../../../src/machines/member-machine.ts';
import {
  heardBySerf,
  isReachable,
  reachablePairs,
  statusOf,
} from '../../../src/machines/member-product.ts';
import { memberTable, nodeTable } from '../../../src/machines/tables.ts';
import type { MemberState, NodeState } from '../../../src/model/member.ts';
import { memberEventsAround, nodeEventsAround } from './events.ts';
import { askTable } from './oracle.ts';

/** Both machines with what they remember; the orders stay below this, which is enough to meet all. */
interface Place {
  readonly node: NodeState;
  readonly incarnation: number;
  readonly member: MemberState;
  readonly statusTime: number;
}

const orderMax = 3;

const nodeEvents = [1, 2].flatMap(nodeEventsAround);
const memberEvents = [1, 2].flatMap(memberEventsAround);
const fromSwim = new Set<MemberMachineEvent['type']>(['node-joined', 'node-updated', 'node-gone']);

function nextPlaces(place: Place): readonly Place[] {
  const byNode = nodeEvents.flatMap((event) => {
    const node = askTable(nodeTable, { state: place.node, context: place, event });
    const { incarnation } = node.context;
    const moved = { ...place, node: node.state, incarnation };
    const heard = node.actions.map((fact) =>
      heardBySerf(fact as Parameters<typeof heardBySerf>[0]),
    );
    return memberEvents
      .filter(({ type }) => heard.includes(type))
      .map((memberEvent) => moveMember(moved, memberEvent))
      .concat(heard.some((type) => type !== undefined) ? [] : [moved]);
  });
  const byMember = memberEvents
    // An intent that comes before its member is buffered, and a member without its node is no more.
    .filter(({ type }) => !fromSwim.has(type) && place.member !== 'none')
    .map((event) => moveMember(place, event));
  return [...byNode, ...byMember].filter(
    ({ incarnation, statusTime }) => incarnation <= orderMax && statusTime <= orderMax,
  );
}

function moveMember(place: Place, event: MemberMachineEvent): Place {
  const member = askTable(memberTable, { state: place.member, context: place, event });
  return { ...place, member: member.state, statusTime: member.context.statusTime };
}

function explore(): ReadonlySet<string> {
  const start: Place = { node: 'unknown', incarnation: 0, member: 'none', statusTime: 0 };
  const seen = new Map([[JSON.stringify(start), start]]);
  // A map is walked in the order of insertion, what is added on the way included.
  for (const place of seen.values()) {
    for (const { node, incarnation, member, statusTime } of nextPlaces(place)) {
      const next = { node, incarnation, member, statusTime };
      seen.set(JSON.stringify(next), next);
    }
  }
  return new Set([...seen.values()].map(({ node, member }) => `${node}/${member}`));
}

it('reaches exactly the pairs that are listed', () => {
  const listed = reachablePairs.map(({ node, member }) => `${node}/${member}`);
  expect([...explore()].toSorted()).toEqual(listed.toSorted());
});

it('says of each pair whether it is reachable, and what users see of it', () => {
  expect(isReachable({ node: 'suspect', member: 'leaving' })).toBe(true);
  expect(isReachable({ node: 'failed', member: 'alive' })).toBe(false);
  expect(statusOf({ node: 'suspect', member: 'leaving' })).toBe('leaving');
  expect(statusOf({ node: 'suspect', member: 'alive' })).toBe('suspect');
  expect(statusOf({ node: 'unknown', member: 'failed' })).toBe('failed');
  expect(statusOf({ node: 'alive', member: 'none' })).toBeUndefined();
});
