/** Whom a node that comes back tries, and in which order. */

import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { rejoinTargets } from '../../../src/snapshot/rejoin.ts';
import { at } from './world.ts';

const nodes = new Map(Array.from({ length: 20 }, (_, index) => [`n${index}`, at(index)]));

it('names every member of the snapshot but this node, each with its address', () => {
  const targets = rejoinTargets(nodes, { self: 'n7', random: seededRandom(1) });
  const named = targets.toSorted((a, b) => a.port - b.port);
  const others = [...nodes].filter(([name]) => name !== 'n7');
  expect(named).toEqual(others.map(([name, address]) => ({ name, ...address })));
});

it('names them in an order of its own for each node', () => {
  const [one, other] = [1, 2].map((seed) => {
    return rejoinTargets(nodes, { self: 'n7', random: seededRandom(seed) });
  });
  expect(one).not.toEqual(other);
});

it('names nobody if this node was alone', () => {
  expect(rejoinTargets(new Map([['n7', at(7)]]), { self: 'n7', random: Math.random })).toEqual([]);
});
