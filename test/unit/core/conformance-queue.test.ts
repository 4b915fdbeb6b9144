/** Go's numbers for queues, scaling and random choice (queue_test, util_test, awareness_test of memberlist). */

import { describe, expect, it } from 'vitest';
import { Awareness } from '../../../src/core/awareness.ts';
import { BroadcastQueue } from '../../../src/core/broadcast-queue.ts';
import {
  pushPullIntervalMs,
  retransmitLimit,
  suspicionLengthMs,
  suspicionTimeoutMs,
} from '../../../src/core/scaling.ts';
import { randomInteger, sample, seededRandom } from '../../../src/model/random.ts';
import { defaultLimits } from '../../../src/node/profiles.ts';
import { codec } from '../../../src/wire/codec.ts';

interface Packet {
  readonly bytesFree?: number;
  readonly overhead?: number;
  readonly transmitsMax?: number;
}

/** The texts that a packet would carry. */
function take(queue: BroadcastQueue, packet: Packet = {}): string[] {
  const parts: Uint8Array[] = [];
  const space = { bytesFree: 1000, overhead: 2, partsMax: 255, transmitsMax: 1000, ...packet };
  queue.take(parts, space);
  return parts.map((part) => codec.decodeText(part));
}

function queueOf(texts: readonly string[], sizeMax = 100): BroadcastQueue {
  const queue = new BroadcastQueue(sizeMax);
  for (const text of texts) queue.add(codec.encodeText(text));
  return queue;
}

/** Four messages of 18 bytes, as Go's tests have them. */
const four = [1, 2, 3, 4].map((number) => `${number}. this is a test.`);

describe('the broadcast queue', () => {
  // TestTransmitLimited_Queue, TestMemberlistBroadcast_Invalidates, TestMemberlistBroadcast_Message
  it('replaces what is of the same name only, and hands out the bytes that it was given', () => {
    const queue = new BroadcastQueue(100);
    for (const name of ['one', 'two', 'six']) queue.add(codec.encodeText(`${name} 1`), name);
    expect(queue.size).toBe(3);
    queue.add(codec.encodeText('one 2'), 'one');
    expect(queue.size).toBe(3);
    expect(take(queue)).toEqual(['one 2', 'six 1', 'two 1']);
  });

  // TestTransmitLimited_GetBroadcasts
  it('fits four messages of 18 bytes into 80 with 2 bytes for each, three with 3', () => {
    expect(take(queueOf(four), { bytesFree: 80, overhead: 2 })).toHaveLength(4);
    expect(take(queueOf(four), { bytesFree: 80, overhead: 3 })).toHaveLength(3);
  });

  // TestTransmitLimited_GetBroadcasts_Limit
  it('gives 3, 3, 2 and then none of four messages that may go twice', () => {
    const queue = queueOf(four);
    const transmitsMax = retransmitLimit(1, 10);
    expect(transmitsMax).toBe(2);
    const counts = [1, 2, 3, 4].map(
      () => take(queue, { bytesFree: 80, overhead: 3, transmitsMax }).length,
    );
    expect(counts).toEqual([3, 3, 2, 0]);
    expect(queue.size).toBe(0);
  });

  // TestTransmitLimited_Prune
  it('keeps the newest two of four when it has room for two, and says so of the others', () => {
    const queue = new BroadcastQueue(2);
    const finished: string[] = [];
    for (const text of four) {
      queue.add(codec.encodeText(text), undefined, () => finished.push(text));
    }
    expect(queue.size).toBe(2);
    expect(finished).toEqual(four.slice(0, 2));
    expect(take(queue).toSorted()).toEqual(four.slice(2));
  });

  // TestTransmitLimited_ordering
  it('sends those sent 0, 3, 4, 7 and 10 times in this order', () => {
    const queue = new BroadcastQueue(100);
    for (const [name, transmits] of [
      ['node1', 10],
      ['node4', 7],
      ['node3', 4],
      ['node2', 3],
      ['node0', 0],
    ] as const) {
      queue.add(codec.encodeText(name));
      for (let sent = 0; sent < transmits; sent += 1) {
        expect(take(queue, { bytesFree: 7 })).toEqual([name]);
      }
    }
    expect(take(queue)).toEqual(['node0', 'node2', 'node3', 'node4', 'node1']);
  });

  // TestSerf_getQueueMax
  it('holds 4,096 messages unless told otherwise', () => {
    expect(defaultLimits.broadcastQueueMax).toBe(4096);
  });
});

describe('formulas', () => {
  // TestPushPullScale
  it('leave the push/pull interval to 32 nodes, double it to 64, triple it to 128', () => {
    for (let nodes = 0; nodes <= 128; nodes += 1) {
      const factor = nodes <= 32 ? 1 : nodes <= 64 ? 2 : 3;
      expect(pushPullIntervalMs(1000, nodes), `${nodes} nodes`).toBe(factor * 1000);
    }
  });

  // TestSuspicionTimeout
  it.each([
    [5, 1000],
    [10, 1000],
    [50, 1698],
    [100, 2000],
    [500, 2698],
    [1000, 3000],
  ])('make a third of the suspicion timeout among %i nodes %i ms', (nodes, ms) => {
    expect(suspicionTimeoutMs(3, nodes, 1000) / 3).toBe(ms);
  });

  // TestSuspicion_remainingSuspicionTime
  it.each([
    { confirmations: 0, elapsedMs: 0, remainingMs: 30_000 },
    { confirmations: 1, elapsedMs: 2000, remainingMs: 14_000 },
    { confirmations: 2, elapsedMs: 3000, remainingMs: 4810 },
    { confirmations: 3, elapsedMs: 4000, remainingMs: -2000 },
    { confirmations: 4, elapsedMs: 5000, remainingMs: -3000 },
    { confirmations: 5, elapsedMs: 10_000, remainingMs: -8000 },
  ])(
    'leave $remainingMs ms of a suspicion after $elapsedMs with $confirmations of 3 confirmations',
    ({ confirmations, elapsedMs, remainingMs }) => {
      const lengthMs = suspicionLengthMs(confirmations, 3, { minMs: 2000, maxMs: 30_000 });
      expect(lengthMs - elapsedMs).toBe(remainingMs);
    },
  );

  // TestAwareness
  it('keep local health between 0 and 7, and scale by one more than that', () => {
    const awareness = new Awareness(8);
    const deltas = [0, -1, -10, 1, -1, 10, -1, -1, -1, -1, -1, -1, -1, -1];
    const scores = [0, 0, 0, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0];
    for (const [step, delta] of deltas.entries()) {
      awareness.apply(delta);
      expect(awareness.score, `step ${step}`).toBe(scores[step]);
      expect(awareness.scale(1000), `step ${step}`).toBe(1000 * ((scores[step] ?? NaN) + 1));
    }
  });
});

describe('random choice', () => {
  // TestKRandomNodes, Test_kRandomMembers
  it('of 3 from 90 of which every third is fit takes three of those, each time others', () => {
    const numbers = Array.from({ length: 90 }, (_, index) => index);
    const isFit = (number: number): boolean => number % 3 === 0 && number !== 0;
    const random = seededRandom(11);
    const choices = [1, 2, 3].map(() => sample(numbers, 3, random, isFit));
    for (const choice of choices) {
      expect(new Set(choice).size).toBe(3);
      expect(choice.every(isFit)).toBe(true);
    }
    expect(new Set(choices.map((choice) => choice.join(' '))).size).toBe(3);
    expect(new Set(sample(numbers.slice(0, 8), 3, random, isFit))).toEqual(new Set([3, 6]));
  });

  // TestRandomOffset, TestRandomOffset_Zero
  it('of a number below 2^31 does not repeat itself in 100 draws, and below 0 gives 0', () => {
    const random = seededRandom(5);
    const drawn = Array.from({ length: 100 }, () => randomInteger(random, 2 ** 31));
    expect(new Set(drawn).size).toBe(100);
    expect(randomInteger(random, 0)).toBe(0);
  });
});
