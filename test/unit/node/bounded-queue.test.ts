import { describe, expect, it } from 'vitest';

import { BoundedQueue } from '../../../src/node/bounded-queue.ts';

function queue(itemsMax = 3): { queue: BoundedQueue<number>; abandoned: number[] } {
  const abandoned: number[] = [];
  return { queue: new BoundedQueue<number>(itemsMax, () => abandoned.push(1)), abandoned };
}

async function all(items: AsyncIterable<number>): Promise<number[]> {
  const taken: number[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

describe('a bounded queue', () => {
  it('gives what waits, then what comes, in order, until its end', async () => {
    const { queue: items, abandoned } = queue();
    items.push(1);
    const taken = all(items);
    items.push(2);
    items.push(3);
    items.end();
    expect(await taken).toEqual([1, 2, 3]);
    expect(abandoned).toEqual([]);
  });

  it('has no room beyond its bound, until something is taken', async () => {
    const { queue: items } = queue(2);
    expect([1, 2, 3].map((item) => items.push(item))).toEqual([true, true, false]);
    expect(await items.next()).toEqual({ done: false, value: 1 });
    expect(items.push(4)).toBe(true);
    items.end();
    expect(await all(items)).toEqual([2, 4]);
  });

  it('keeps its order over many items, however pushing and taking alternate', async () => {
    const { queue: items } = queue(1_000);
    const taken: number[] = [];
    let next = 0;
    for (let round = 0; round < 200; round += 1) {
      for (let count = round % 7; count >= 0; count -= 1) items.push(next++);
      for (let count = round % 5; count >= 0; count -= 1) {
        const { value } = await items.next();
        if (value !== undefined) taken.push(value);
      }
      if (taken.length + 10 > next) items.push(next++);
    }
    items.end();
    taken.push(...(await all(items)));
    expect(taken).toEqual(Array.from({ length: next }, (_, at) => at));
  });

  it('fails once, after what was there; when aborted, at once', async () => {
    const { queue: failing } = queue();
    failing.push(1);
    failing.fail(new Error('gone'));
    expect(await failing.next()).toEqual({ done: false, value: 1 });
    await expect(failing.next()).rejects.toThrow('gone');
    expect(await failing.next()).toEqual({ done: true, value: undefined });
    const { queue: aborted } = queue();
    aborted.push(1);
    aborted.abort(new Error('enough'));
    await expect(aborted.next()).rejects.toThrow('enough');
  });

  it('fails one of those that wait, and ends the others', async () => {
    const { queue: items } = queue();
    const waiting = [items.next(), items.next()];
    items.fail(new Error('gone'));
    await expect(waiting[0]).rejects.toThrow('gone');
    expect(await waiting[1]).toEqual({ done: true, value: undefined });
    expect(items.push(1)).toBe(true);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it('says that it was abandoned when its consumer leaves before the end, not after', async () => {
    const { queue: left, abandoned } = queue();
    left.push(1);
    left.push(2);
    for await (const item of left) if (item === 1) break;
    expect(abandoned).toEqual([1]);
    expect(await left.next()).toEqual({ done: true, value: undefined });
    const { queue: ended, abandoned: never } = queue();
    ended.end();
    await ended.return();
    expect(never).toEqual([]);
  });
});
