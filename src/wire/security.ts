/** What keeps a cluster to itself: its keys and its label. */

import { envelopeBytes } from './encryption.ts';
import type { Keyring } from './keyring.ts';
import { labelBytes, labelledBytes } from './label.ts';

export interface Security {
  /** `undefined`: nothing is encrypted, and nothing encrypted is understood. */
  readonly keyring: Keyring | undefined;
  /** At most 255 bytes of UTF-8; empty: none. */
  readonly label: string;
}

/** Bytes that label and encryption (version 1, which we send) add to a packet. */
export function packetOverhead(security: Security): number {
  const encryption = security.keyring === undefined ? 0 : envelopeBytes;
  return labelledBytes(labelBytes(security.label)) + encryption;
}
