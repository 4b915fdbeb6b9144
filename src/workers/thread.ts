/**
 * What runs in the worker thread. Piscina calls the default export once to start a session; from then
 * on it lives on its port. Nothing here writes to the console: a thread's output goes through the main
 * thread, which may be the very thing that is blocked.
 */

import type { MessagePort } from 'node:worker_threads';

import { FolkmootError } from '../model/error.ts';
import type { ErrorRecord } from '../model/error.ts';
import { EngineSession } from './engine-session.ts';
import type { SessionDependencies } from './engine-session.ts';
import { PortCodec } from './port-codec.ts';
import type { StartResult, ToEngine } from './port-protocol.ts';
import type { RuntimeOptions } from './runtime.ts';
import { UdpTcpTransport } from './udp-tcp-transport.ts';

/** The start task. */
export interface StartTask {
  readonly options: RuntimeOptions;
  /** The conversation; transferred. */
  readonly port: MessagePort;
}

/** Opens the sockets and starts the engine. Never rejects: an error's class and code would be lost. */
export default function start(task: StartTask): Promise<StartResult> {
  return startSession(task, {});
}

/** {@link start} with parts exchanged, for threads that tests make. */
export async function startSession(
  { options, port }: StartTask,
  parts: Pick<SessionDependencies, 'createEngine'>,
): Promise<StartResult> {
  const codec = new PortCodec();
  let session: EngineSession | undefined;
  try {
    const { receiveBufferBytes } = options;
    session = new EngineSession(options, {
      ...parts,
      transport: new UdpTcpTransport({ receiveBufferBytes }),
      post: (message) => {
        const bytes = codec.encode(message);
        port.postMessage(bytes, [bytes.buffer]);
      },
      crashed: (error) => {
        // Out of a socket's or timer's callback this ends the thread, which the host notices.
        throw error;
      },
      closed: () => port.close(),
    });
    const opened = session;
    port.on('message', (message: ToEngine) => opened.receive(message));
    await session.open();
    return { ok: true };
  } catch (error) {
    port.close();
    await session?.close();
    return { ok: false, error: recordOf(error) };
  }
}

function recordOf(error: unknown): ErrorRecord {
  if (FolkmootError.is(error)) return error.toRecord();
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'ERR_WORKER', message: `the engine did not start: ${reason}`, details: {} };
}
