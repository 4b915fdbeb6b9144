/** One line for one thing that happened to one member, for people or for programs. */

import { stripVTControlCharacters, styleText } from 'node:util';

import { formatAddress } from '../model/address.ts';
import type { Member } from '../model/member.ts';

/** What a line is about. */
export type LineKind =
  'member' | 'join' | 'leave' | 'failed' | 'update' | 'reap' | 'suspect' | 'refuted';

/** A line to be. */
export interface EventLine {
  readonly kind: LineKind;
  readonly member: Member;
  readonly at: Date;
}

export interface LineFormat {
  readonly json: boolean;
  /** Whether the output is a terminal that shows colours. */
  readonly colour: boolean;
}

/** The line, without its end. Texts from the network are shown without their control characters. */
export function formatLine({ kind, member, at }: EventLine, { json, colour }: LineFormat): string {
  const { name, tags } = member;
  const address = formatAddress(member);
  if (json) {
    const record = { at: at.toISOString(), kind, name, address, status: member.status };
    return JSON.stringify({ ...record, tags: Object.fromEntries(tags) });
  }
  const verb = kind.padEnd(8);
  const parts = [
    at.toTimeString().slice(0, 8),
    colour ? styleText(colours[kind], verb, { validateStream: false }) : verb,
    printable(name).padEnd(24),
    address.padEnd(21),
    [...tags].map(([key, value]) => printable(`${key}=${value}`)).join(' '),
  ];
  return parts.join('  ').trimEnd();
}

const colours = {
  member: 'gray',
  join: 'green',
  leave: 'blue',
  failed: 'red',
  update: 'cyan',
  reap: 'gray',
  suspect: 'yellow',
  refuted: 'yellow',
} as const satisfies Record<LineKind, string>;

/** A name may hold anything, also what moves a terminal's cursor or starts a new line. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- Control characters are what is looked for.
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
