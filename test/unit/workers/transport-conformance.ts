/** What every transport must do; run against each of them. */

import { afterEach, describe, expect, it } from 'vitest';

import type { Address } from '../../../src/model/address.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import type {
  Connection,
  ConnectionFailure,
  ConnectionListener,
  Transport,
} from '../../../src/workers/transport.ts';
import { waitFor } from '../../integration/support/wait-for.ts';

export interface TransportSubject {
  /** A transport on a network that all of one test share. */
  create(): Transport;
  /** Where to listen: a free port of this address. */
  readonly ip: string;
}

/** Remembers what happened on one connection. */
class Recorder implements ConnectionListener {
  readonly chunks: Uint8Array[] = [];
  hasEnded = false;
  end: { readonly failure: ConnectionFailure | undefined } | undefined;

  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
  }

  ended(): void {
    this.hasEnded = true;
  }

  closed(failure: ConnectionFailure | undefined): void {
    if (this.end !== undefined) throw new Error('closed was told twice');
    this.end = { failure };
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** A transport that is open, and what came to it. */
interface Station {
  readonly transport: Transport;
  readonly address: Address;
  readonly packets: { readonly bytes: Uint8Array; readonly from: Address }[];
  readonly accepted: { readonly connection: Connection; readonly recorder: Recorder }[];
}

export function describeTransport(name: string, subjectOf: () => TransportSubject): void {
  describe(`the ${name} transport`, () => {
    const open: Transport[] = [];
    let subject = subjectOf();

    afterEach(async () => {
      await Promise.all(open.splice(0).map((transport) => transport.close()));
      subject = subjectOf();
    });

    async function station(options: { port?: number; refuses?: boolean } = {}): Promise<Station> {
      const transport = subject.create();
      open.push(transport);
      const packets: Station['packets'] = [];
      const accepted: Station['accepted'] = [];
      const address = await transport.open(
        { ip: subject.ip, port: options.port ?? 0 },
        {
          packet: (bytes, from) => packets.push({ bytes, from }),
          accepted: (connection) => {
            if (options.refuses === true) return undefined;
            const recorder = new Recorder();
            accepted.push({ connection, recorder });
            return recorder;
          },
        },
      );
      return { transport, address, packets, accepted };
    }

    it('opens twice on free ports, each its own', async () => {
      const [a, b] = [await station(), await station()];
      expect(a.address.ip).toBe(subject.ip);
      expect(a.address.port).toBeGreaterThan(0);
      expect(b.address.port).not.toBe(a.address.port);
    });

    it('carries packets of 1 byte to 60,000 bytes unchanged, and says where they came from', async () => {
      const [a, b] = [await station(), await station()];
      for (const size of [1, 2, 100, 1_400, 9_000, 60_000]) {
        const packet = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251);
        a.transport.send(packet, b.address);
        const received = await waitFor(() => b.packets.shift(), { what: `a packet of ${size}` });
        expect(Buffer.compare(received.bytes, packet)).toBe(0);
        expect(received.from).toEqual(a.address);
      }
      expect(a.transport.counters).toMatchObject({ packetsSent: 6, sendErrors: 0 });
      expect(b.transport.counters).toMatchObject({ packetsReceived: 6, bytesReceived: 70_503 });
      expect(b.transport.counters.reads).toBeGreaterThanOrEqual(6);
    });

    it('does not let a packet change after it was sent', async () => {
      const [a, b] = [await station(), await station()];
      const packet = Uint8Array.of(1, 2, 3);
      a.transport.send(packet, b.address);
      const received = await waitFor(() => b.packets.shift());
      packet.fill(9);
      expect([...received.bytes]).toEqual([1, 2, 3]);
    });

    it('shrugs off packets to nobody, and packets that are too large', async () => {
      const [a, b] = [await station(), await station()];
      await b.transport.close();
      const c = await station();
      a.transport.send(Uint8Array.of(1), b.address);
      a.transport.send(new Uint8Array(70_000), c.address);
      a.transport.send(Uint8Array.of(2), { ip: subject.ip, port: 0 });
      a.transport.send(Uint8Array.of(3), c.address);
      const received = await waitFor(() => c.packets.shift());
      expect([...received.bytes]).toEqual([3]);
      await waitFor(() => a.transport.counters.sendErrors >= 1, { what: 'a counted send error' });
    });

    it('carries a request and its reply on a stream, written before it is open', async () => {
      const [a, b] = [await station(), await station()];
      const reply = new Recorder();
      const dialled = a.transport.dial(b.address, reply);
      dialled.write(Buffer.from('request'));
      const { connection, recorder } = await waitFor(() => b.accepted[0]);
      await waitFor(() => recorder.text === 'request');
      expect(connection.peer.ip).toBe(subject.ip);
      connection.write(Buffer.from('reply'));
      connection.end();
      await waitFor(() => reply.text === 'reply' && reply.hasEnded);
      dialled.end();
      await waitFor(() => reply.end !== undefined && recorder.end !== undefined);
      expect(reply.end?.failure).toBeUndefined();
      expect(recorder.end?.failure).toBeUndefined();
    });

    it('carries a megabyte both ways at once, in order', async () => {
      const [a, b] = [await station(), await station()];
      const bytes = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 7) % 253));
      const back = new Recorder();
      const dialled = a.transport.dial(b.address, back);
      dialled.write(bytes);
      dialled.end();
      const { connection, recorder } = await waitFor(() => b.accepted[0]);
      connection.write(bytes);
      connection.end();
      await waitFor(() => recorder.end !== undefined && back.end !== undefined);
      expect(Buffer.concat(recorder.chunks).equals(bytes)).toBe(true);
      expect(Buffer.concat(back.chunks).equals(bytes)).toBe(true);
    });

    it('lets a peer that has ended still be answered', async () => {
      const [a, b] = [await station(), await station()];
      const reply = new Recorder();
      const dialled = a.transport.dial(b.address, reply);
      dialled.write(Buffer.from('q'));
      dialled.end();
      const { connection, recorder } = await waitFor(() => b.accepted[0]);
      await waitFor(() => recorder.hasEnded);
      expect(recorder.end).toBeUndefined();
      connection.write(Buffer.from('a'));
      connection.end();
      await waitFor(() => reply.text === 'a' && reply.end !== undefined);
    });

    it('says that a dial was refused when nobody listens', async () => {
      const [a, b] = [await station(), await station()];
      await b.transport.close();
      const recorder = new Recorder();
      a.transport.dial(b.address, recorder).write(Buffer.from('hello?'));
      const end = await waitFor(() => recorder.end);
      expect(end.failure).toMatchObject({ reason: 'refused' });
    });

    it('turns a connection away that the listener does not want, and counts it', async () => {
      const [a, b] = [await station(), await station({ refuses: true })];
      const recorder = new Recorder();
      a.transport.dial(b.address, recorder).write(Buffer.from('hello?'));
      // Sockets may show it as an end first; whoever then gives up has heard of it.
      await waitFor(() => recorder.end !== undefined || recorder.hasEnded);
      expect(b.transport.counters.acceptErrors).toBe(1);
    });

    it('keeps a half-open connection until it is given up', async () => {
      const [a, b] = [await station(), await station()];
      const recorder = new Recorder();
      const dialled = a.transport.dial(b.address, recorder);
      const accepted = await waitFor(() => b.accepted[0]);
      // Other traffic passes meanwhile; the silent connection stays as it is.
      a.transport.send(Uint8Array.of(1), b.address);
      await waitFor(() => b.packets.length === 1);
      expect(recorder.end).toBeUndefined();
      expect(accepted.recorder.end).toBeUndefined();
      dialled.destroy();
      dialled.destroy();
      await waitFor(() => recorder.end !== undefined);
      await waitFor(() => accepted.recorder.end !== undefined || accepted.recorder.hasEnded);
      accepted.connection.destroy();
      await waitFor(() => accepted.recorder.end !== undefined);
    });

    it('serves many streams at once', async () => {
      const [a, b] = [await station(), await station()];
      const recorders = Array.from({ length: 50 }, (_, index) => {
        const recorder = new Recorder();
        const dialled = a.transport.dial(b.address, recorder);
        dialled.write(Buffer.from(`question ${index}`));
        dialled.end();
        return recorder;
      });
      await waitFor(() => b.accepted.length === 50 && b.accepted.every((s) => s.recorder.hasEnded));
      for (const { connection, recorder } of b.accepted) {
        connection.write(Buffer.from(recorder.text.replace('question', 'answer')));
        connection.end();
      }
      await waitFor(() => recorders.every((recorder) => recorder.end !== undefined));
      expect(recorders.map((recorder) => recorder.text)).toEqual(
        recorders.map((_, index) => `answer ${index}`),
      );
    });

    it('frees its port on close, which may be called again, and ends its connections', async () => {
      const [a, b] = [await station(), await station()];
      const recorder = new Recorder();
      a.transport.dial(b.address, recorder);
      await waitFor(() => b.accepted[0]);
      await Promise.all([b.transport.close(), b.transport.close()]);
      await waitFor(() => recorder.end !== undefined || recorder.hasEnded);
      b.transport.send(Uint8Array.of(1), a.address);
      const again = await station({ port: b.address.port });
      expect(again.address).toEqual(b.address);
      a.transport.send(Uint8Array.of(7), again.address);
      const received = await waitFor(() => again.packets.shift());
      expect([...received.bytes]).toEqual([7]);
    });

    it('names address and remedy when the port is taken', async () => {
      const a = await station();
      const error = await station({ port: a.address.port }).catch((thrown: unknown) => thrown);
      expect(FolkmootError.is(error) && error.code).toBe('ERR_BIND');
      expect(String(error)).toContain(String(a.address.port));
      expect(String(error)).toContain('choose another port');
      expect((error as FolkmootError).details).toMatchObject({ reason: 'EADDRINUSE' });
    });
  });
}
