/** Which address to tell others when the node listens on all of the machine's. */

import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

import ipaddr from 'ipaddr.js';

import type { Address } from '../model/address.ts';
import { parseIp } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';

/** The machine's interfaces, in the form of `os.networkInterfaces()`. */
export type Interfaces = NodeJS.Dict<readonly NetworkInterfaceInfo[]>;

/** Ranges that memberlist takes for private (RFC 6890): the internet does not route them. */
const privateRanges: readonly string[] = ['private', 'carrierGradeNat', 'uniqueLocal'];

/** Ranges of which it makes no sense to warn that they are public. */
const unroutedRanges: ReadonlySet<string> = new Set([
  ...privateRanges,
  'loopback',
  'linkLocal',
  'unspecified',
]);

/**
 * The address to advertise when bound to a wildcard and told nothing: a private one of an interface,
 * as memberlist picks. A public address is never guessed: without encryption that would open the
 * cluster to the world.
 *
 * @throws FolkmootError `ERR_OPTION` if no interface has a private address.
 */
export function privateAddress(
  bind: Address,
  interfaces: Interfaces = networkInterfaces(),
): Address {
  const families = bind.ip === '::' ? ['IPv6', 'IPv4'] : ['IPv4'];
  for (const family of families) {
    for (const info of Object.values(interfaces).flatMap((list) => list ?? [])) {
      const ip = parseIp(info.address);
      if (info.internal || info.family !== family || ip === undefined) continue;
      if (privateRanges.includes(rangeOf(ip))) return { ip, port: 0 };
    }
  }
  const message =
    'No interface of this machine has a private IP address that others could reach. ' +
    "Set the option advertise (for example '203.0.113.7:7946'), or bind to one address instead of all.";
  throw new FolkmootError('ERR_OPTION', message, { option: 'advertise', value: undefined });
}

/** Whether the internet may reach this address, so that a cluster without keys is open to anybody. */
export function isPublic(ip: string): boolean {
  return !unroutedRanges.has(rangeOf(ip));
}

function rangeOf(ip: string): string {
  return ipaddr.process(ip).range();
}
