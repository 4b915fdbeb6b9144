/**
 * The lines of Serf's snapshot file, as values and back. The text is Serf's own, so that a Go agent
 * starts from a file of ours and we from one of its.
 */

import type { Address } from '../model/address.ts';
import { formatAddress, parseIp } from '../model/address.ts';
import { lamportJumpMax } from '../model/lamport.ts';
import type { LamportTime } from '../model/lamport.ts';

export type ClockKind = 'clock' | 'event-clock' | 'query-clock';

/** What one line says. */
export type SnapshotRecord =
  /** The member is here, at this address (the last word on it counts). */
  | { readonly kind: 'alive'; readonly name: string; readonly address: Address }
  /** The member left or failed. */
  | { readonly kind: 'not-alive'; readonly name: string }
  /** The newest time seen: of intents, of user events, of queries. */
  | { readonly kind: ClockKind; readonly time: LamportTime }
  /** This node left gracefully: all above is forgotten, unless it is to rejoin after a leave. */
  | { readonly kind: 'leave' };

/** Why a line counts for nothing. */
export type LineFault = 'bad-address' | 'bad-name' | 'bad-number' | 'unrecognised';

export type ParsedLine =
  | SnapshotRecord
  /** A comment, or a coordinate of an old version. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'faulty'; readonly fault: LineFault };

/** Text as bytes and back, without loss for names that are no UTF-8 (`wire/text.ts` has one). */
export interface TextCodec {
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

/** The longest name that is recorded, in UTF-16 units. Serf's own limit is 128 bytes. */
export const nameUnitsMax = 4_096;

/** The longest line that is read, without its end; every line that is written is shorter. */
export const lineBytesMax = 3 * nameUnitsMax + 128;

/** The latest time that is believed: above it a clock could not move on within the safe integers. */
export const snapshotTimeMax = Number.MAX_SAFE_INTEGER - lamportJumpMax;

/**
 * The line of a record, with its end, or `undefined` if the name cannot be written. Names come from the
 * network; one with a line break would forge lines, and none can be escaped, since Go knows no escapes.
 */
export function formatLine(record: SnapshotRecord): string | undefined {
  switch (record.kind) {
    case 'alive':
      if (!isRecordable(record.name)) return undefined;
      return `alive: ${record.name} ${formatAddress(record.address)}\n`;
    case 'not-alive':
      return isRecordable(record.name) ? `not-alive: ${record.name}\n` : undefined;
    case 'clock':
    case 'event-clock':
    case 'query-clock':
      return `${record.kind}: ${record.time}\n`;
    case 'leave':
      return 'leave\n';
    default:
      return record satisfies never;
  }
}

/** Reads a line, without its end. Never throws. */
export function parseLine(line: string): ParsedLine {
  if (line === 'leave') return { kind: 'leave' };
  if (line.startsWith('#') || line.startsWith('coordinate: ')) return { kind: 'ignored' };
  const colon = line.indexOf(': ');
  const value = line.slice(colon + 2);
  const kind = line.slice(0, Math.max(0, colon));
  switch (kind) {
    case 'alive':
      return parseAlive(value);
    case 'not-alive':
      return isRecordable(value) ? { kind, name: value } : faulty('bad-name');
    case 'clock':
    case 'event-clock':
    case 'query-clock':
      return parseTime(kind, value);
    default:
      return faulty('unrecognised');
  }
}

/** `127.0.0.1:7946` or `[::1]:7946`; `undefined` if it is neither. */
export function parseAddress(text: string): Address | undefined {
  const parts = /^(?:\[(?<ip6>[^\]]+)\]|(?<ip4>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const ip = parseIp(parts['ip6'] ?? parts['ip4'] ?? '');
  const port = Number(parts['port']);
  return ip === undefined || port > 65_535 ? undefined : { ip, port };
}

/**
 * Whether a line can hold the name. One with `alive: ` in it looks like a torn line that a Go agent
 * continued with its next one, and would be a member that never was.
 */
export function isRecordable(name: string): boolean {
  return (
    name !== '' && name.length <= nameUnitsMax && !name.includes('\n') && !name.includes('alive: ')
  );
}

/** The name may hold blanks, the address does not: so the last blank divides them. */
function parseAlive(value: string): ParsedLine {
  const blank = value.lastIndexOf(' ');
  const address = blank < 0 ? undefined : parseAddress(value.slice(blank + 1));
  if (address === undefined) return faulty('bad-address');
  const name = value.slice(0, blank);
  return isRecordable(name) ? { kind: 'alive', name, address } : faulty('bad-name');
}

function parseTime(kind: ClockKind, value: string): ParsedLine {
  const time = /^\d{1,20}$/.test(value) ? Number(value) : Infinity;
  return time <= snapshotTimeMax ? { kind, time } : faulty('bad-number');
}

function faulty(fault: LineFault): ParsedLine {
  return { kind: 'faulty', fault };
}
