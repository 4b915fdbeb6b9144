/**
 * The reason for drain-before-judge, on real sockets: a prober sends a ping, the answer comes in good
 * time, but the prober's own thread is blocked until after the deadline. Who is heard first, the
 * deadline or the answer? (docs/adr/0004-drain-before-judge.md)
 */

import { stat } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { Address } from '../../../src/model/address.ts';
import { Alarm } from '../../../src/workers/alarm.ts';
import { UdpTcpTransport } from '../../../src/workers/udp-tcp-transport.ts';
import { answeringPeer } from '../support/answering-peer.ts';
import { blockFor } from '../support/busy.ts';

const trials = 15;
const timeoutMs = 60;
const answerAfterMs = 10;
const blockMs = 120;

/** From where the block starts: what comes next in the event loop depends on it. */
const origins = {
  'a setImmediate callback': (begin: () => void) => void setImmediate(begin),
  'a promise job': (begin: () => void) =>
    void setImmediate(() => void Promise.resolve().then(begin)),
  // As in a request handler. (In a callback of the same UDP socket the answer would be read next.)
  'an I/O callback': (begin: () => void) => stat(import.meta.filename, begin),
} as const;

type Origin = keyof typeof origins;

/** Arms a deadline; calls `judge` when it thinks that the deadline may be judged. */
type ArmDeadline = (transport: UdpTcpTransport, judge: () => void) => void;

const judgeAtOnce: ArmDeadline = (_, judge) => void setTimeout(judge, timeoutMs);

const drainFirst: ArmDeadline = (transport, judge) => {
  const now = (): number => performance.now();
  const deadline = now() + timeoutMs;
  const alarm = new Alarm({
    now,
    reads: () => transport.counters.reads,
    judge: () => {
      if (now() < deadline) return deadline;
      alarm.stop();
      judge();
      return Infinity;
    },
  });
  alarm.set(deadline);
};

/** Runs the trials and counts the answers that were judged missing. */
async function falseVerdicts(origin: Origin, noise: number, arm: ArmDeadline): Promise<number> {
  const peer = await answeringPeer({ delayMs: answerAfterMs, noise });
  const transport = new UdpTcpTransport({ receiveBufferBytes: 4 * 1024 * 1024 });
  let onAnswer: ((ping: number) => void) | undefined;
  await transport.open(
    { ip: '127.0.0.1', port: 0 },
    {
      packet: (bytes) => bytes.length === 1 && onAnswer?.(bytes[0] ?? 0),
      accepted: () => undefined,
    },
  );
  let missing = 0;
  for (let trial = 1; trial <= trials; trial += 1) {
    const isMissing = await oneTrial(
      transport,
      peer.address,
      trial,
      origins[origin],
      arm,
      (then) => {
        onAnswer = then;
      },
    );
    if (isMissing) missing += 1;
  }
  await Promise.all([transport.close(), peer.close()]);
  return missing;
}

function oneTrial(
  transport: UdpTcpTransport,
  peer: Address,
  ping: number,
  origin: (begin: () => void) => void,
  arm: ArmDeadline,
  listen: (onAnswer: (ping: number) => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    const begin = (): void => {
      let hasAnswer = false;
      let verdict: boolean | undefined;
      const finish = (): void => {
        if (hasAnswer && verdict !== undefined) resolve(verdict);
      };
      listen((answered) => {
        if (answered !== ping) return;
        hasAnswer = true;
        finish();
      });
      transport.send(Uint8Array.of(ping), peer);
      arm(transport, () => {
        verdict = !hasAnswer;
        finish();
      });
      blockFor(blockMs);
    };
    origin(begin);
  });
}

describe('a deadline that passes while the own thread is blocked', () => {
  for (const origin of Object.keys(origins) as Origin[]) {
    it(`condemns a peer that answered, when judged at once after ${origin}`, async () => {
      expect(await falseVerdicts(origin, 0, judgeAtOnce)).toBe(trials);
    });

    it(`condemns nobody when the sockets are read first, after ${origin}`, async () => {
      expect(await falseVerdicts(origin, 0, drainFirst)).toBe(0);
    });
  }

  it('condemns nobody when many packets lie before the answer', async () => {
    expect(await falseVerdicts('a setImmediate callback', 200, drainFirst)).toBe(0);
  });
});
