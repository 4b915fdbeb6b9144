/** Reads single option values and says what is wrong with them, and what would be right. */

import { isIP } from 'node:net';

import type { Address, Cidr } from '../model/address.ts';
import { parseCidr, parseIp } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';
import type { Tags } from '../model/member.ts';
import { encodeTags } from '../wire/tags.ts';
import { parseHostPort } from './host-port.ts';

/** Tags as the user writes them. */
export type TagsInput = Tags | Readonly<Record<string, string>>;

/** An encryption key as the user writes it: its bytes, or their base64 text as `serf keygen` prints it. */
export type KeyInput = string | Uint8Array;

/** Serf's limit for the encoded tags, the leading magic byte included. */
const tagsBytesMax = 512;

/** The label header has one byte for the length. */
const labelBytesMax = 255;

/** Serf's limit for names when it validates them. */
const nameBytesMax = 128;

/** Keys tried on each packet at the most: every one costs a decryption when none fits. */
const keysMax = 64;

const keySizes: readonly number[] = [16, 24, 32];

/** An `ERR_OPTION` that names the option, its value and the remedy. Secrets are given as `'(hidden)'`. */
export function optionError(option: string, value: unknown, remedy: string): FolkmootError {
  const message = `Option ${option} is not valid: ${show(value)}. ${remedy}`;
  return new FolkmootError('ERR_OPTION', message, { option, value });
}

/** An address to listen on or to advertise; host names are refused, they may mean several addresses. */
export function parseSocketAddress(
  option: string,
  text: unknown,
  defaults: { readonly ip: string; readonly port: number },
): Address {
  const parts = typeof text === 'string' ? parseHostPort(text) : undefined;
  const ip = parts === undefined || parts.host === '' ? defaults.ip : parseIp(parts.host);
  if (parts === undefined || ip === undefined || ip === '') {
    throw optionError(option, text, "Give an IP address and port, such as '127.0.0.1:7946'.");
  }
  return { ip, port: parts.port ?? defaults.port };
}

/**
 * A name for the local node. Serf takes any by default; we refuse what no other node could address
 * (empty) and what would eat up packets (more than 128 bytes).
 */
export function parseName(name: unknown): string {
  if (typeof name !== 'string' || name === '') {
    throw optionError('name', name, 'Give a text that is not empty.');
  }
  const bytes = Buffer.byteLength(name);
  if (bytes <= nameBytesMax) return name;
  throw optionError('name', name, `Give at most ${nameBytesMax} bytes of UTF-8, not ${bytes}.`);
}

/** A label, `''` for none. */
export function parseLabel(label: unknown): string {
  if (typeof label === 'string' && Buffer.byteLength(label) <= labelBytesMax) return label;
  throw optionError('label', label, `Give a text of at most ${labelBytesMax} bytes of UTF-8.`);
}

/**
 * Tags as a `Map` of their own.
 *
 * @throws FolkmootError `ERR_OPTION` for anything but texts, `ERR_TAGS_SIZE` over 512 encoded bytes.
 */
export function parseTags(input: unknown): Tags {
  const tags = parseTagTexts(input);
  const bytes = encodeTags(tags).length;
  if (bytes <= tagsBytesMax) return tags;
  const message = `The tags take ${bytes} bytes when encoded, ${tagsBytesMax} is the most that fits into gossip. Shorten or drop some.`;
  throw new FolkmootError('ERR_TAGS_SIZE', message, { bytes, bytesMax: tagsBytesMax });
}

/** A text for each tag, as a `Map` of their own: tags, or what they are to match. */
export function parseTagTexts(input: unknown): Tags {
  if (typeof input !== 'object' || input === null) {
    throw optionError('tags', input, "Give an object or Map of texts, such as { role: 'web' }.");
  }
  const tags = new Map<string, string>();
  for (const [key, value] of input instanceof Map ? input : Object.entries(input)) {
    if (typeof key !== 'string' || typeof value !== 'string') {
      throw optionError(`tags.${String(key)}`, value, 'Names and values of tags are texts.');
    }
    tags.set(key, value);
  }
  return tags;
}

/** All keys, the primary first, each once. */
export function parseKeys(primary: KeyInput | undefined, others: unknown): readonly Uint8Array[] {
  const list = others === undefined ? [] : others;
  if (!Array.isArray(list) || list.length > keysMax) {
    throw optionError('keys', '(hidden)', `Give a list of at most ${keysMax} keys.`);
  }
  const keys = new Map<string, Uint8Array>();
  const add = (option: string, input: unknown): void => {
    const key = parseKey(option, input);
    keys.set(Buffer.from(key).toString('base64'), key);
  };
  if (primary !== undefined) add('encryptKey', primary);
  for (const [index, input] of list.entries()) add(`keys[${index}]`, input);
  return [...keys.values()];
}

/** CIDR blocks. */
export function parseCidrs(texts: unknown): readonly Cidr[] {
  if (!Array.isArray(texts)) {
    throw optionError('allowedCidrs', texts, "Give a list such as ['10.0.0.0/8'].");
  }
  return texts.map((text: unknown) => {
    const block = typeof text === 'string' ? parseCidr(text) : undefined;
    if (block !== undefined) return block;
    throw optionError('allowedCidrs', text, "Give blocks such as '10.0.0.0/8' or 'fd00::/8'.");
  });
}

/** What numeric options may be. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
}

/** A whole number within `rule`. */
export function parseInteger(option: string, value: unknown, rule: NumberRule): number {
  const { min, max } = rule;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw optionError(option, value, `Give a whole number from ${min} to ${max}.`);
}

/** `true` or `false`. */
export function parseBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw optionError(option, value, 'Give true or false.');
}

/** One of a few texts. */
export function parseChoice<T extends string>(
  option: string,
  value: unknown,
  choices: readonly T[],
): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw optionError(option, value, `Give ${choices.map((text) => `'${text}'`).join(' or ')}.`);
}

/** Refuses names that are no option: a mistyped one would silently be a default. */
export function refuseUnknown(group: string, input: object, known: readonly string[]): void {
  for (const key of Object.keys(input)) {
    if (known.includes(key)) continue;
    const option = group === '' ? key : `${group}.${key}`;
    const nearest = nearestText(key, known);
    const remedy =
      nearest === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean '${nearest}'?`;
    const message = `There is no option ${option}. ${remedy}`;
    throw new FolkmootError('ERR_OPTION', message, { option, value: undefined });
  }
}

/** The known text closest to a mistyped one, if any is close. */
function nearestText(text: string, known: readonly string[]): string | undefined {
  const distances = known.map((other) => ({
    other,
    distance: editDistance(text.toLowerCase(), other.toLowerCase()),
  }));
  const [best] = distances.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, text.length / 3)
    ? best.other
    : undefined;
}

/** One key: its bytes, or their base64 text. */
export function parseKey(option: string, input: unknown): Uint8Array {
  const sizes = `${keySizes.slice(0, -1).join(', ')} or ${keySizes.at(-1)} bytes`;
  const remedy = `Give ${sizes}, or the base64 text of as many.`;
  const bytes = typeof input === 'string' ? Buffer.from(input, 'base64') : input;
  // Buffer.from skips what is not base64: only a text that comes out the same was one.
  const isText =
    typeof input !== 'string' || Buffer.from(input, 'base64').toString('base64') === input;
  if (!(bytes instanceof Uint8Array) || !isText) throw optionError(option, '(hidden)', remedy);
  if (keySizes.includes(bytes.length)) return Uint8Array.from(bytes);
  throw optionError(option, '(hidden)', `${remedy} This one has ${bytes.length}.`);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Whether a text is an IP address that stands for all of the machine's. */
export function isWildcard(ip: string): boolean {
  return isIP(ip) !== 0 && (ip === '0.0.0.0' || ip === '::');
}
