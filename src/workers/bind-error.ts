/** Turns the system's refusal to listen into an error that names the address and the remedy. */

import { formatAddress } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';

const remedies: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another process listens there; choose another port, or 0 for a free one'],
  ['EACCES', 'this user may not listen there; choose a port of 1024 or more'],
  ['EADDRNOTAVAIL', 'no interface of this host has that address; choose one that has'],
  ['EINVAL', 'that address cannot be listened on; choose one of this host'],
  ['EAFNOSUPPORT', 'this host does not speak that IP version; choose an address of the other'],
]);

/** The system's code of an error, such as `ECONNREFUSED`; `''` if it has none. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The `ERR_BIND` for a failed `open`. `details`: `{ address, reason }`. */
export function bindError(bind: Address, cause: unknown): FolkmootError {
  if (FolkmootError.is(cause)) return cause;
  const address = formatAddress(bind);
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = systemCode(cause) || text;
  const remedy = remedies.get(reason);
  return new FolkmootError(
    'ERR_BIND',
    remedy === undefined
      ? `cannot listen on ${address}: ${text}`
      : `cannot listen on ${address} (${reason}): ${remedy}`,
    { address, reason },
    { cause },
  );
}
