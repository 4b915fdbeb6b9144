/** From what users write after `join` to the addresses that are dialled. */

import { lookup } from 'node:dns/promises';

import type { JoinTarget } from '../core/input.ts';
import { parseIp } from '../model/address.ts';
import { abortable } from './abort.ts';
import { parseHostPort } from './host-port.ts';
import { optionError } from './option-values.ts';

/** Every address of a host name. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** An address to join, and the text that it came from. */
export interface ResolvedTarget {
  readonly address: string;
  readonly target: JoinTarget;
}

/** A text whose host is unknown. */
export interface UnresolvedAddress {
  readonly address: string;
  readonly text: string;
}

/** What became of a list of texts. */
export interface Resolution {
  readonly targets: readonly ResolvedTarget[];
  readonly unknown: readonly UnresolvedAddress[];
}

export interface ResolveOptions {
  /** The port of an address without one: the own bound port, as memberlist does. */
  readonly portDefault: number;
  readonly signal?: AbortSignal | undefined;
  /** Default: the system's resolver, every address of the name. */
  readonly lookUp?: LookUp;
}

/** Addresses in one call of join. */
const joinAddressesMax = 1_024;

/** Addresses tried of one host name: a name for a whole fleet must not make a join endless. */
export const hostAddressesMax = 64;

/**
 * Resolves `host`, `host:port`, `[v6]:port` or a bare IPv6 address, each optionally after `nodename/`.
 * Host names are looked up all at once; each of their addresses becomes a target.
 *
 * @throws FolkmootError `ERR_OPTION` for a text that is no address; the signal's reason when aborted.
 */
export async function resolveAddresses(
  addresses: readonly string[],
  options: ResolveOptions,
): Promise<Resolution> {
  const wanted = parseAddresses(addresses);
  const { portDefault, signal, lookUp = systemLookUp } = options;
  const found = await abortable(
    Promise.all(wanted.map(({ host }) => findIps(host, lookUp))),
    signal,
  );
  const targets: ResolvedTarget[] = [];
  const unknown: UnresolvedAddress[] = [];
  for (const [index, { address, host, port, name }] of wanted.entries()) {
    const ips = found[index] ?? [];
    if (typeof ips === 'string') unknown.push({ address, text: `host ${host}: ${ips}` });
    else {
      for (const ip of ips) {
        const target = { ip, port: port ?? portDefault };
        targets.push({ address, target: name === undefined ? target : { ...target, name } });
      }
    }
  }
  return { targets, unknown };
}

interface WantedAddress {
  readonly address: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly name: string | undefined;
}

function parseAddresses(addresses: readonly string[]): readonly WantedAddress[] {
  if (!Array.isArray(addresses) || addresses.length === 0 || addresses.length > joinAddressesMax) {
    const remedy = `Give a list of 1 to ${joinAddressesMax} addresses, such as ['127.0.0.1:7946'].`;
    throw optionError('addresses', addresses, remedy);
  }
  return addresses.map((address: unknown) => parseAddress(address));
}

function parseAddress(address: unknown): WantedAddress {
  const text = typeof address === 'string' ? address : '';
  const slash = text.indexOf('/');
  const name = slash === -1 ? undefined : text.slice(0, slash);
  const parts = parseHostPort(text.slice(slash + 1));
  if (typeof address !== 'string' || parts === undefined || parts.host === '') {
    const remedy =
      "Give 'host', 'host:port', '[v6]:port' or an IPv6 address, if wanted after 'name/'.";
    throw optionError('addresses', address, remedy);
  }
  if (name === '') throw optionError('addresses', address, "The name before the '/' is empty.");
  return { address, host: parts.host, port: parts.port, name };
}

/** The addresses, or why there are none. */
async function findIps(host: string, lookUp: LookUp): Promise<readonly string[] | string> {
  const literal = parseIp(host);
  if (literal !== undefined) return [literal];
  try {
    const ips = new Set(await lookUp(host));
    return ips.size === 0 ? 'no address' : [...ips].slice(0, hostAddressesMax);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function systemLookUp(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => parseIp(address)).filter((ip) => ip !== undefined);
}
