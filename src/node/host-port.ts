/** Reads `host:port` texts in the forms that Serf accepts, for options and for join addresses. */

import { parseIp } from '../model/address.ts';

/** The two halves of such a text; `host` is `''` in `:7946`. */
export interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** The largest port there is. */
const portMax = 65_535;

/**
 * Reads `host`, `host:port`, `:port`, `[v6]`, `[v6]:port` or a bare IPv6 address; `undefined` for
 * anything else, a port above 65,535 included.
 */
export function parseHostPort(text: string): HostPort | undefined {
  if (parseIp(text) !== undefined) return { host: text, port: undefined };
  const parts = /^(?:\[(?<v6>[^[\]]+)\]|(?<host>[^:[\]\s]*))(?::(?<port>\d{1,5}))?$/.exec(text);
  if (parts?.groups === undefined) return undefined;
  const { v6, host, port } = parts.groups;
  if (v6 !== undefined && !(parseIp(v6)?.includes(':') ?? false)) return undefined;
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && number > portMax) return undefined;
  const name = v6 ?? host ?? '';
  return name === '' && number === undefined ? undefined : { host: name, port: number };
}
