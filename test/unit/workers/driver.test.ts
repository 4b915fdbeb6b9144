import { afterEach, describe, expect, it } from 'vitest';

import type { Input } from '../../../src/core/input.ts';
import type { Output } from '../../../src/core/output.ts';
import type { Address } from '../../../src/model/address.ts';
import type { Ping } from '../../../src/model/message.ts';
import { codec } from '../../../src/wire/codec.ts';
import { Keyring } from '../../../src/wire/keyring.ts';
import type { Security } from '../../../src/wire/security.ts';
import { sealStream } from '../../../src/wire/stream.ts';
import { Driver, processNow } from '../../../src/workers/driver.ts';
import type { DriverListener } from '../../../src/workers/driver.ts';
import { exchangesMax } from '../../../src/workers/dialler.ts';
import { memoryNetwork } from '../../../src/workers/memory-transport.ts';
import { streamsMax } from '../../../src/workers/stream-server.ts';
import type { ConnectionListener, Transport } from '../../../src/workers/transport.ts';
import { waitFor } from '../../integration/support/wait-for.ts';
import { blockFor } from '../../integration/support/busy.ts';
import { FakeEngine } from './fake-engine.ts';

const plain: Security = { keyring: undefined, label: '' };
const secret = (key: number): Security => ({
  keyring: new Keyring([new Uint8Array(16).fill(key)]),
  label: '',
});

const ping = (sequence: number): Ping => ({
  kind: 'ping',
  sequence,
  node: 'b',
  sourceAddress: new Uint8Array(0),
  sourcePort: 0,
  sourceNode: '',
});

interface Node {
  readonly driver: Driver;
  readonly engine: FakeEngine;
  readonly transport: Transport;
  readonly address: Address;
  readonly heard: string[];
  readonly crashes: unknown[];
}

describe('the driver', () => {
  let network = memoryNetwork();
  const drivers: Driver[] = [];

  afterEach(async () => {
    await Promise.all(drivers.splice(0).map((driver) => driver.close()));
    network = memoryNetwork();
  });

  async function node(
    options: { security?: Security; streamTimeoutMs?: number } = {},
  ): Promise<Node> {
    const transport = network.transport();
    const engine = new FakeEngine();
    const heard: string[] = [];
    const crashes: unknown[] = [];
    const listener: DriverListener = {
      fact: (fact) => heard.push(`fact ${fact.name}`),
      told: (message) => heard.push(`told ${message.kind}`),
      answered: (id) => heard.push(`answered ${id}`),
      note: (note) => heard.push(`note ${note.text}`),
      nameLost: () => heard.push('name lost'),
      crashed: (error) => crashes.push(error),
    };
    const driver = new Driver({
      transport,
      security: options.security ?? plain,
      compression: true,
      receiveBufferBytes: 1,
      streamTimeoutMs: options.streamTimeoutMs ?? 5_000,
      bind: { ip: '10.0.0.1', port: 0 },
      createEngine: () => engine,
      now: processNow,
      listener,
    });
    drivers.push(driver);
    const address = await driver.open();
    driver.start();
    return { driver, engine, transport, address, heard, crashes };
  }

  /** Lets `outputs` happen, as if a command had caused them. */
  function perform({ driver, engine }: Node, outputs: readonly Output[]): void {
    const before = engine.react;
    engine.react = (input, now) => (input.kind === 'command' ? outputs : before(input, now));
    driver.command(0, { kind: 'leave' });
    engine.react = before;
  }

  const exchange = (to: Address, over: Partial<Extract<Output, { kind: 'exchange' }>> = {}) =>
    ({
      kind: 'exchange',
      exchange: 1,
      to,
      request: ping(1),
      expectsReply: true,
      timeoutMs: 5_000,
      ...over,
    }) as const;

  const answerPings = (input: Input): readonly Output[] =>
    input.kind === 'stream-request' && input.message.kind === 'ping'
      ? [
          {
            kind: 'stream-reply',
            stream: input.stream,
            message: { kind: 'ack', sequence: input.message.sequence, payload: null },
          },
        ]
      : [];

  it('starts the engine once the sockets are open', async () => {
    const a = await node();
    expect(a.engine.steps.map(({ input }) => input.kind)).toEqual(['start']);
  });

  it('seals what the engine sends and hands its messages to the other engine', async () => {
    const [a, b] = [await node({ security: secret(1) }), await node({ security: secret(1) })];
    perform(a, [{ kind: 'send', to: b.address, message: codec.encode(ping(7)), checksum: true }]);
    await waitFor(() => b.engine.inputs('packet').length === 1);
    const [packet] = b.engine.inputs('packet');
    expect(packet?.from).toEqual(a.address);
    expect(packet?.messages).toMatchObject([{ kind: 'ping', sequence: 7, node: 'b' }]);
  });

  it('counts and drops what it cannot read, and goes on', async () => {
    const [a, b] = [await node(), await node({ security: secret(1) })];
    perform(a, [{ kind: 'send', to: b.address, message: codec.encode(ping(7)), checksum: false }]);
    a.transport.send(Uint8Array.of(250, 1, 2), b.address);
    await waitFor(() => b.driver.stats().packetsReceived === 2);
    expect(b.engine.inputs('packet')).toEqual([]);
    const drops = Object.values(b.driver.stats().wireDrops);
    expect(drops.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('carries out outputs in their order', async () => {
    const a = await node();
    const about = { at: 0, cause: { kind: 'consequence' } } as const;
    perform(a, [
      { kind: 'fact', fact: { kind: 'node-forgotten', name: 'x', ...about } },
      { kind: 'answered', id: 3, result: { ok: true, value: { kind: 'set-tags' } } },
      { kind: 'note', note: { level: 'info', text: 'n', fields: {} } },
      { kind: 'fact', fact: { kind: 'node-forgotten', name: 'y', ...about } },
      { kind: 'name-lost', matching: 1, responses: 2 },
    ]);
    expect(a.heard).toEqual(['fact x', 'answered 3', 'note n', 'fact y', 'name lost']);
  });

  it('carries an exchange there and back', async () => {
    const [a, b] = [await node({ security: secret(1) }), await node({ security: secret(1) })];
    b.engine.react = answerPings;
    perform(a, [exchange(b.address, { exchange: 9, request: ping(42) })]);
    await waitFor(() => a.engine.inputs('exchange-replied').length === 1);
    expect(a.engine.inputs('exchange-replied')[0]).toMatchObject({
      exchange: 9,
      message: { kind: 'ack', sequence: 42 },
    });
    expect(a.driver.stats().streamsDialled).toBe(1);
    expect(b.driver.stats().streamsServed).toBe(1);
  });

  it('says nothing of an exchange without reply that went well', async () => {
    const [a, b] = [await node(), await node()];
    b.engine.react = (input) =>
      input.kind === 'stream-request'
        ? [{ kind: 'stream-reply', stream: input.stream, message: null }]
        : [];
    const request = { kind: 'user', payload: Uint8Array.of(1, 2) } as const;
    perform(a, [exchange(b.address, { request, expectsReply: false, timeoutMs: 300 })]);
    await waitFor(() => b.engine.inputs('stream-request').length === 1);
    // A later exchange that fails shows that nothing was reported before.
    await b.driver.close();
    perform(a, [exchange(b.address, { exchange: 2 })]);
    await waitFor(() => a.engine.inputs('exchange-failed').length === 1);
    expect(a.engine.inputs('exchange-failed')[0]?.exchange).toBe(2);
  });

  it('reports why an exchange failed: refused, closed, other keys, timed out', async () => {
    const [a, gone] = [await node({ security: secret(1) }), await node()];
    await gone.driver.close();
    const closer = await node({ security: secret(1) });
    closer.engine.react = (input) =>
      input.kind === 'stream-request'
        ? [{ kind: 'stream-reply', stream: input.stream, message: null }]
        : [];
    const stranger = await node({ security: secret(2) });
    const mute = await node({ security: secret(1) });
    perform(a, [
      exchange(gone.address, { exchange: 1 }),
      exchange(closer.address, { exchange: 2 }),
      exchange(stranger.address, { exchange: 3 }),
      exchange(mute.address, { exchange: 4, timeoutMs: 40 }),
    ]);
    await waitFor(() => a.engine.inputs('exchange-failed').length === 4);
    const reasons = new Map(
      a.engine.inputs('exchange-failed').map((failed) => [failed.exchange, failed.failure.reason]),
    );
    expect(reasons).toEqual(
      new Map([
        [1, 'refused'],
        [2, 'closed'],
        [3, 'undecryptable'],
        [4, 'timeout'],
      ]),
    );
  });

  it('times out a dial that hangs, and one whose peer is half open', async () => {
    const [a, b] = [await node(), await node()];
    network.faults = { isCut: () => true };
    perform(a, [exchange(b.address, { timeoutMs: 30 })]);
    await waitFor(() => a.engine.inputs('exchange-failed').length === 1);
    expect(a.engine.inputs('exchange-failed')[0]?.failure.reason).toBe('timeout');
    expect(b.engine.inputs('stream-request')).toEqual([]);
  });

  it('answers a stream that it cannot open with an error, and the dialler reports that', async () => {
    const [a, b] = [await node(), await node({ security: secret(1) })];
    // Encrypted by the listener's settings, so only a dialler with the key can read why.
    const bytes = sealStream(ping(1), { security: plain, compression: false, isDialer: true });
    const got: Uint8Array[] = [];
    const quiet: ConnectionListener = {
      data: (chunk) => got.push(chunk),
      ended: () => undefined,
      closed: () => undefined,
    };
    a.transport.dial(b.address, quiet).write(bytes);
    await waitFor(() => got.length > 0);
    expect(got[0]?.[0]).toBe(10);
    expect(b.driver.stats().wireDrops).toMatchObject({ 'not-encrypted': 1 });

    // Without keys the error comes in the clear.
    const c = await node();
    const sealed = await node({ security: secret(1) });
    perform(sealed, [exchange(c.address, { exchange: 5 })]);
    await waitFor(() => sealed.engine.inputs('exchange-failed').length === 1);
    expect(sealed.engine.inputs('exchange-failed')[0]?.failure.reason).toBe('undecryptable');
    expect(c.driver.stats().wireDrops).toMatchObject({ encrypted: 1 });
  });

  it('bounds the exchanges under way', async () => {
    const [a, b] = [await node(), await node()];
    const outputs = Array.from({ length: exchangesMax + 3 }, (_, at) =>
      exchange(b.address, { exchange: at }),
    );
    perform(a, outputs);
    const failed = a.engine.inputs('exchange-failed');
    expect(failed.map((input) => input.failure.reason)).toEqual(Array(3).fill('overload'));
    expect(a.driver.stats().streamsDialled).toBe(exchangesMax);
  });

  it('bounds the streams it serves, and lets go of those that say nothing', async () => {
    const [a, b] = [await node(), await node({ streamTimeoutMs: 80 })];
    let closed = 0;
    const quiet: ConnectionListener = {
      data: () => undefined,
      ended: () => undefined,
      closed: () => {
        closed += 1;
      },
    };
    for (let dialled = 0; dialled < streamsMax + 5; dialled += 1)
      a.transport.dial(b.address, quiet);
    await waitFor(() => closed === 5);
    expect(b.driver.stats().wireDrops).toMatchObject({ overload: 5 });
    await waitFor(() => closed === streamsMax + 5);
    b.engine.react = answerPings;
    perform(a, [exchange(b.address)]);
    await waitFor(() => a.engine.inputs('exchange-replied').length === 1);
  });

  it('calls the engine at its deadline, not before', async () => {
    const a = await node();
    const deadline = processNow() + 50;
    a.engine.deadline = deadline;
    a.engine.react = (input) => {
      if (input.kind === 'timer') a.engine.deadline = Infinity;
      return [];
    };
    perform(a, []);
    await waitFor(() => a.engine.inputs('timer').length === 1);
    const step = a.engine.steps.find(({ input }) => input.kind === 'timer');
    expect(step?.now).toBeGreaterThanOrEqual(deadline);
  });

  it('tells the engine of an own pause after what arrived meanwhile, and before the deadline', async () => {
    const [a, b] = [await node(), await node()];
    a.engine.deadline = processNow() + 50;
    a.engine.react = (input) => {
      if (input.kind === 'timer') a.engine.deadline = Infinity;
      return [];
    };
    perform(a, []);
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        perform(b, [
          { kind: 'send', to: a.address, message: codec.encode(ping(1)), checksum: false },
        ]);
        blockFor(400);
        resolve();
      });
    });
    await waitFor(() => a.engine.inputs('timer').length === 1);
    const kinds = a.engine.steps.map(({ input }) => input.kind);
    expect(kinds).toEqual(['start', 'command', 'packet', 'paused', 'timer']);
    const forMs = a.engine.inputs('paused')[0]?.forMs ?? 0;
    expect(forMs).toBeGreaterThan(200);
    expect(forMs).toBeLessThan(5_000);
    expect(a.driver.stats().pausedMsMax).toBe(Math.round(forMs));
  });

  it('lets the time never fall', async () => {
    const transport = network.transport();
    const engine = new FakeEngine();
    let time = 1_000;
    const ignore = (): void => undefined;
    const driver = new Driver({
      transport,
      security: plain,
      compression: false,
      receiveBufferBytes: 1,
      streamTimeoutMs: 1_000,
      bind: { ip: '10.0.0.1', port: 0 },
      createEngine: () => engine,
      now: () => time,
      listener: {
        fact: ignore,
        told: ignore,
        answered: ignore,
        note: ignore,
        nameLost: ignore,
        crashed: ignore,
      },
    });
    drivers.push(driver);
    await driver.open();
    driver.start();
    for (const next of [1_010, 900, 1_005, 1_020]) {
      time = next;
      driver.command(0, { kind: 'leave' });
    }
    expect(engine.steps.map(({ now }) => now)).toEqual([1_000, 1_010, 1_010, 1_010, 1_020]);
  });

  it('reports an engine that throws, once, and does nothing with it any more', async () => {
    const [a, b] = [await node(), await node()];
    a.engine.react = () => {
      throw new Error('a bug');
    };
    for (const sequence of [1, 2]) {
      perform(b, [
        { kind: 'send', to: a.address, message: codec.encode(ping(sequence)), checksum: false },
      ]);
    }
    await waitFor(() => a.transport.counters.packetsReceived === 2);
    expect(a.crashes).toMatchObject([{ message: 'a bug' }]);
    expect(a.engine.inputs('packet')).toHaveLength(1);
  });
});
