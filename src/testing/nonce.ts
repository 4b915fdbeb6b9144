/** Nonces from the seed, so that even encrypted bytes are the same in every run. Only for simulations. */

import type { Random } from '../model/random.ts';
import { randomInteger } from '../model/random.ts';
import type { Security } from '../wire/security.ts';

const nonceBytes = 12;

/** The nonce for the next seal, as an option of it; nothing if nothing is encrypted. */
export function drawNonce(security: Security, random: Random): { readonly nonce?: Uint8Array } {
  if (security.keyring === undefined) return {};
  return { nonce: Uint8Array.from({ length: nonceBytes }, () => randomInteger(random, 256)) };
}
