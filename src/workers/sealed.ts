/** Stream messages as bytes, where a cluster may have grown past what the protocol can carry. */

import type { StreamMessage } from '../model/message.ts';
import { sealStream } from '../wire/stream.ts';
import type { SealStreamOptions } from '../wire/stream.ts';

/** `undefined` for a message that is larger than any peer would take. */
export function sealed(message: StreamMessage, options: SealStreamOptions): Uint8Array | undefined {
  try {
    return sealStream(message, options);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
