/** Go agents and nodes of ours find out together how far they are from each other. */

import { expect, it } from 'vitest';
import { rttMs } from '../../src/coordinates/proximity.ts';
import type { CoordinateView } from '../../src/coordinates/proximity.ts';
import { Engine } from '../../src/core/engine.ts';
import { codec } from '../../src/wire/codec.ts';
import { startInline } from '../../src/workers/inline-host.ts';
import type { Runtime } from '../../src/workers/runtime.ts';
import { runtimeOptions } from '../integration/support/runtime-options.ts';
import { RuntimeRecorder } from '../integration/support/runtime-recorder.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { describeWithPeers } from '../support/peers.ts';
import { freePort } from '../support/ports.ts';
import { startSlowRelay } from '../support/slow-relay.ts';
import { waitFor } from '../support/wait-for.ts';

/** Both of ours stand behind a relay, so the way between them leads through both. */
const trueRtts = [
  { a: 'go', b: 'our-1', rtt: 40 },
  { a: 'go', b: 'our-2', rtt: 80 },
  { a: 'our-1', b: 'our-2', rtt: 120 },
] as const;
const errorMax = 0.2;

describeWithPeers('a Go agent and two nodes of ours, of different distance', (peer) => {
  it('agree with the truth on every round trip, each by its own coordinates', async () => {
    await using go = await startGoAgent({ peer, name: 'go', profile: 'local' });
    await using our1 = await startDistant('our-1', 40);
    await using our2 = await startDistant('our-2', 80);
    for (const { runtime } of [our1, our2]) {
      const target = { ip: '127.0.0.1', port: go.port };
      await runtime.command({ kind: 'join', targets: [target], ignoreOld: false });
    }
    await waitFor(
      async () => {
        for (const { a, b, rtt } of trueRtts) {
          expectNear(await goEstimate(go, a, b), rtt, `${a}, ${b} by go`);
          expectNear(rttMs(our1.coordinates, a, b), rtt, `${a}, ${b} by our-1`);
          expectNear(rttMs(our2.coordinates, a, b), rtt, `${a}, ${b} by our-2`);
        }
        return true;
      },
      { describe: 'all estimates are right', deadlineMs: 150_000, everyMs: 1_000 },
    );
    expect(await our1.runtime.stats()).toMatchObject({ coordinateResets: 0, probesFailed: 0 });
    expect(await go.serf('info')).toMatch(/coordinate_resets = 0/);
  });
});

function expectNear(estimate: number | undefined, rtt: number, what: string): void {
  expect(Math.abs((estimate ?? NaN) - rtt) / rtt, what).toBeLessThan(errorMax);
}

/** As the Go agent's own command tells it. */
async function goEstimate(go: GoAgent, a: string, b: string): Promise<number> {
  const said = await go.serf('rtt', a, b);
  return Number(/rtt: (?<ms>[\d.]+) ms/.exec(said)?.groups?.['ms'] ?? NaN);
}

/** A node of ours that every packet takes `delayMs` to. */
async function startDistant(name: string, delayMs: number): Promise<DistantNode> {
  const port = await freePort('127.0.0.1');
  const relay = await startSlowRelay({ port, delayMs });
  let engine: Engine | undefined;
  const options = runtimeOptions({ name, bind: { ip: '127.0.0.1', port } });
  const runtime = await startInline(
    { ...options, advertise: { ip: '127.0.0.1', port: relay.port } },
    new RuntimeRecorder(),
    {
      createEngine: (engineOptions, now) => {
        engine = new Engine(engineOptions, { codec, random: Math.random }, now);
        return engine;
      },
    },
  );
  return {
    runtime,
    get coordinates() {
      return engine?.coordinates ?? new Map();
    },
    [Symbol.asyncDispose]: async () => {
      await runtime.close();
      relay[Symbol.dispose]();
    },
  };
}

interface DistantNode extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly coordinates: CoordinateView;
}
