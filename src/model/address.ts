/** Addresses as the protocol compares them: an IP in canonical text and a port. */

import ipaddr from 'ipaddr.js';

/** Where a node listens. `ip` is canonical text (`127.0.0.1`, `::1`, `::ffff:10.0.0.1`), `port` 0…65535. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/**
 * The text of 4 or 16 address bytes, or `undefined` for any other length.
 *
 * An IPv4 address in its 16-byte mapped form keeps a text of its own: Go compares addresses as
 * bytes, so the two forms are two addresses on the wire and must survive the way in and out.
 */
export function ipFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes.length !== 16) return undefined;
  const ip = new ipaddr.IPv6([...bytes]);
  return ip.isIPv4MappedAddress()
    ? `::ffff:${ip.toIPv4Address().toString()}`
    : ip.toRFC5952String();
}

/** The bytes of a canonical IP text: 4 for IPv4, 16 for IPv6. */
export function ipToBytes(ip: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(ip).toByteArray());
}

/** Canonical text of an IP literal, or `undefined` if `text` is not one. Zones (`%eth0`) are dropped. */
export function parseIp(text: string): string | undefined {
  const bare = text.replace(/%.*$/, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipFromBytes(ipToBytes(bare));
  return ipaddr.IPv6.isValid(bare) ? ipFromBytes(ipToBytes(bare)) : undefined;
}

/** The IPv4 text inside a mapped IPv6 one, else the text as it is: for sockets and for people. */
export function unmapIp(ip: string): string {
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice('::ffff:'.length) : ip;
}

/** `127.0.0.1:7946` or `[::1]:7946`. */
export function formatAddress(address: Address): string {
  const ip = unmapIp(address.ip);
  return ip.includes(':') ? `[${ip}]:${address.port}` : `${ip}:${address.port}`;
}

/** Whether two addresses are the same as Go would compare them. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.ip === b.ip;
}

/** A CIDR block, parsed. */
export type Cidr = readonly [ip: string, prefixLength: number];

/** Parses `10.0.0.0/8`; `undefined` if it is not a CIDR block. */
export function parseCidr(text: string): Cidr | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [ip, prefixLength] = ipaddr.parseCIDR(text);
  return [ip.toString(), prefixLength];
}

/** Whether `ip` lies in one of the blocks; no blocks allow everything (as memberlist does). */
export function isIpAllowed(ip: string, blocks: readonly Cidr[]): boolean {
  if (blocks.length === 0) return true;
  const address = ipaddr.process(ip);
  return blocks.some(([base, prefixLength]) => {
    const block = ipaddr.process(base);
    return block.kind() === address.kind() && address.match(block, prefixLength);
  });
}
