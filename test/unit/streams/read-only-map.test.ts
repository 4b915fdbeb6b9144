import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { ReadOnlyMap } from '../../../src/streams/read-only-map.ts';

it('shows what the map behind it is, at any time', () => {
  const map = new Map([['a', 1]]);
  const view = new ReadOnlyMap(map);
  map.set('b', 2);
  expect(view.size).toBe(2);
  expect(view.get('b')).toBe(2);
  expect(view.has('c')).toBe(false);
  expect([...view]).toEqual([...map]);
  expect([...view.keys()]).toEqual(['a', 'b']);
  expect([...view.values()]).toEqual([1, 2]);
  expect([...view.entries()]).toEqual([...map.entries()]);
});

it('offers no way to the map behind it', () => {
  const map = new Map([['a', 1]]);
  const view = new ReadOnlyMap(map);
  const cast = view as unknown as Map<string, number>;
  expect(() => cast.set('b', 2)).toThrow(TypeError);
  expect(() => cast.clear()).toThrow(TypeError);
  expect(() => Map.prototype.set.call(view, 'b', 2)).toThrow(TypeError);
  const handed: unknown[] = [];
  // oxlint-disable-next-line unicorn/no-array-for-each -- the method is what is tested
  view.forEach((_value, _key, third) => handed.push(third));
  expect(handed).toEqual([view]);
  expect(map.size).toBe(1);
});

it('calls forEach as Map does', () => {
  const calls: unknown[] = [];
  const self = { name: 'self' };
  const visit = function visit(this: unknown, value: number, key: string): void {
    calls.push([this, value, key]);
  };
  // oxlint-disable-next-line unicorn/no-array-for-each, unicorn/no-array-method-this-argument -- likewise
  new ReadOnlyMap(new Map([['a', 1]])).forEach(visit, self);
  expect(calls).toEqual([[self, 1, 'a']]);
});

it('prints its entries', () => {
  expect(inspect(new ReadOnlyMap(new Map([['a', 1]])))).toContain("'a' => 1");
  expect(new ReadOnlyMap(new Map())[Symbol.toStringTag]).toBe('ReadOnlyMap');
});
