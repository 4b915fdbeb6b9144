import { describe, expect, it } from 'vitest';
import { BroadcastQueue } from '../../../src/core/broadcast-queue.ts';

const bytes = (length: number, mark = 0): Uint8Array => new Uint8Array(length).fill(mark);

function take(queue: BroadcastQueue, bytesFree: number, transmitsMax = 10): number[] {
  const parts: Uint8Array[] = [];
  queue.take(parts, { bytesFree, overhead: 2, partsMax: 255, transmitsMax });
  return parts.map((part) => part.length);
}

describe('the broadcast queue', () => {
  it('sends the least-sent first, then the longest, then the newest', () => {
    const queue = new BroadcastQueue(100);
    queue.add(bytes(10, 1));
    queue.add(bytes(30, 2));
    expect(take(queue, 32)).toEqual([30]);
    queue.add(bytes(20, 3));
    expect(take(queue, 66)).toEqual([20, 10, 30]);
    const newer = new BroadcastQueue(100);
    newer.add(bytes(10, 1));
    newer.add(bytes(10, 2));
    const parts: Uint8Array[] = [];
    newer.take(parts, { bytesFree: 12, overhead: 2, partsMax: 255, transmitsMax: 10 });
    expect(parts[0]?.[0]).toBe(2);
  });

  it('fills what is left with the longest message that still fits', () => {
    const queue = new BroadcastQueue(100);
    for (const length of [50, 40, 12, 10, 5]) queue.add(bytes(length));
    expect(take(queue, 66)).toEqual([50, 12]);
  });

  it('lets a message go after its last transmission, and says so once', () => {
    const queue = new BroadcastQueue(100);
    let finished = 0;
    queue.add(bytes(10), undefined, () => (finished += 1));
    expect(take(queue, 100, 2)).toEqual([10]);
    expect(finished).toBe(0);
    expect(take(queue, 100, 2)).toEqual([10]);
    expect(finished).toBe(1);
    expect(take(queue, 100, 2)).toEqual([]);
    expect(queue.size).toBe(0);
  });

  it('sends a message once when the limit is 0', () => {
    const queue = new BroadcastQueue(100);
    queue.add(bytes(10));
    expect(take(queue, 100, 0)).toEqual([10]);
    expect(queue.size).toBe(0);
  });

  it('lends messages without counting it when there is no limit to count to', () => {
    const queue = new BroadcastQueue(100);
    for (const length of [30, 20, 10]) queue.add(bytes(length));
    const parts: Uint8Array[] = [];
    const space = { bytesFree: 54, overhead: 2, partsMax: 255, transmitsMax: undefined };
    expect(queue.take(parts, space)).toBe(0);
    expect(parts.map((part) => part.length)).toEqual([30, 20]);
    expect(queue.size).toBe(3);
    expect(take(queue, 1000, 1)).toEqual([30, 20, 10]);
  });

  it('replaces older news about the same node, whose waiter hears that it is finished', () => {
    const queue = new BroadcastQueue(100);
    let finished = 0;
    queue.add(bytes(10, 1), 'node', () => (finished += 1));
    take(queue, 100);
    queue.add(bytes(20, 2), 'node');
    expect(finished).toBe(1);
    expect(take(queue, 100)).toEqual([20]);
  });

  it('lets a waiter that runs on replacement queue again', () => {
    const queue = new BroadcastQueue(100);
    queue.add(bytes(10, 1), 'node', () => queue.add(bytes(30), 'other'));
    queue.add(bytes(20, 2), 'node');
    expect(take(queue, 100)).toEqual([30, 20]);
  });

  it('keeps to its bound by dropping what was sent most, oldest and shortest first', () => {
    const queue = new BroadcastQueue(3);
    let dropped = 0;
    queue.add(bytes(10), undefined, () => (dropped += 1));
    take(queue, 100);
    for (const length of [20, 30, 40]) queue.add(bytes(length));
    expect(queue.size).toBe(3);
    expect(dropped).toBe(1);
    expect(take(queue, 1000)).toEqual([40, 30, 20]);
  });

  it('stops at the number of parts that a compound can count', () => {
    const queue = new BroadcastQueue(1000);
    for (let index = 0; index < 300; index += 1) queue.add(bytes(1));
    const parts: Uint8Array[] = [];
    queue.take(parts, { bytesFree: 10_000, overhead: 2, partsMax: 255, transmitsMax: 1 });
    expect(parts).toHaveLength(255);
    expect(queue.size).toBe(45);
  });
});
