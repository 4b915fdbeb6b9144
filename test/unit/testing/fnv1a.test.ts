import { describe, expect, it } from 'vitest';
import { Fnv1a64, fnv1a32 } from '../../../src/testing/fnv1a.ts';
import { forkRandom } from '../../../src/testing/fork-random.ts';

const hash = (text: string): string => {
  const fnv = new Fnv1a64();
  fnv.update(text);
  return fnv.digest();
};

describe('FNV-1a', () => {
  it('agrees with the published vectors', () => {
    expect(hash('')).toBe('cbf29ce484222325');
    expect(hash('a')).toBe('af63dc4c8601ec8c');
    expect(hash('foobar')).toBe('85944171f73967e8');
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  });

  it('does not care in which pieces a text comes', () => {
    const fnv = new Fnv1a64();
    fnv.update('foo');
    fnv.update('bar');
    expect(fnv.digest()).toBe(hash('foobar'));
  });
});

describe('a forked generator', () => {
  it('depends on the seed and the purpose, and on nothing else', () => {
    const draw = (seed: number, purpose: string): number => forkRandom(seed, purpose)();
    expect(draw(1, 'network/n1')).toBe(draw(1, 'network/n1'));
    const all = [draw(1, 'network/n1'), draw(2, 'network/n1'), draw(1, 'network/n2')];
    expect(new Set(all).size).toBe(3);
  });
});
