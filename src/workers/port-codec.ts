/**
 * The engine side's messages as bytes, to be transferred. msgpackr, because its reader costs the main
 * thread a fraction of what a structured clone does (docs/adr/0003-worker-thread-and-port.md).
 */

// The part of the package that brings no native code with it.
import { Packr } from 'msgpackr/pack';

import type { ToHost } from './port-protocol.ts';

/** One end's encoder or decoder. Each message stands alone, so ends may come and go. */
export class PortCodec {
  readonly #packr = new Packr({
    // Bytes stay `Uint8Array`s, and errors in log lines stay errors.
    moreTypes: true,
    // Else a member's few bytes of meta would keep the whole message alive.
    copyBuffers: true,
  });

  /** Bytes in a buffer of their own. */
  encode(message: ToHost): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#packr.pack(message));
  }

  decode(bytes: Uint8Array): ToHost {
    return this.#packr.unpack(bytes) as ToHost;
  }
}
