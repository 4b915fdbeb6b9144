/**
 * Text as Go has it: UTF-8 by custom, any bytes in fact. Bytes that are no UTF-8 become lone
 * surrogates U+DC80…U+DCFF (Python's "surrogateescape", PEP 383) and turn back when written, so a
 * name from the network keeps its bytes whatever they are.
 */

const escapeFirst = 0xdc80;
const escapeLast = 0xdcff;
const replacement = 0xfffd;
const empty = new Uint8Array(0);

interface Slices {
  readonly latin1Slice: (this: Uint8Array, start: number, end: number) => string;
  readonly utf8Slice: (this: Uint8Array, start: number, end: number) => string;
}
// Node's own slices (not in its type declarations): 55 ns for a name, a TextDecoder takes twice that.
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as Slices;

/** The text of `bytes[start, end)`. Never fails; {@link encodeText} gives the same bytes back. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at += 1) {
    if ((bytes[at] as number) >= 0x80) return decodeWide(bytes, start, end);
  }
  return start === end ? '' : latin1Slice.call(bytes, start, end);
}

/** The bytes of a text. Lone surrogates that are no escaped bytes become U+FFFD. */
export function encodeText(text: string): Uint8Array {
  if (text === '') return empty;
  const length = textBytes(text);
  const bytes = new Uint8Array(length);
  writeText(text, bytes, 0);
  return bytes;
}

/** How many bytes {@link writeText} will write. */
export function textBytes(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isPairAt(text, at)) {
      length += 4;
      at += 1;
    } else length += isEscape(unit) ? 1 : 3;
  }
  return length;
}

/** Writes a text at `start`, where {@link textBytes} bytes are free; returns the end. */
export function writeText(text: string, bytes: Uint8Array, start: number): number {
  let to = start;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes[to++] = unit;
    else if (unit < 0x800) {
      bytes[to++] = 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else if (isPairAt(text, at)) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(at + 1) & 0x3ff);
      at += 1;
      bytes[to++] = 0xf0 | (point >> 18);
      bytes[to++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[to++] = 0x80 | (point & 0x3f);
    } else if (isEscape(unit)) bytes[to++] = unit & 0xff;
    else to = writeThree(isSurrogate(unit) ? replacement : unit, bytes, to);
  }
  return to;
}

/** The text with U+FFFD in place of bytes that are no UTF-8: as Go's regular expressions see it. */
export function replaceInvalid(text: string): string {
  // Proper pairs are matched first, so what is left of the second class stands alone.
  return text.replaceAll(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (units) =>
    units.length === 2 ? units : '\ufffd',
  );
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function isEscape(unit: number): boolean {
  return unit >= escapeFirst && unit <= escapeLast;
}

function isPairAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdbff || at + 1 >= text.length) return false;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

function writeThree(point: number, bytes: Uint8Array, to: number): number {
  bytes[to] = 0xe0 | (point >> 12);
  bytes[to + 1] = 0x80 | ((point >> 6) & 0x3f);
  bytes[to + 2] = 0x80 | (point & 0x3f);
  return to + 3;
}

function decodeWide(bytes: Uint8Array, start: number, end: number): string {
  const text = utf8Slice.call(bytes, start, end);
  // U+FFFD is what Node puts for invalid bytes; if the sender wrote one itself we only lose time.
  return text.includes('\ufffd') ? decodeEscaping(bytes, start, end) : text;
}

const unitsMax = 4096;

function decodeEscaping(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = start; at < end;) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) {
      units.push(0xdc00 | (bytes[at] as number));
      at += 1;
    } else {
      pushPoint(units, pointAt(bytes, at, length));
      at += length;
    }
    if (units.length >= unitsMax) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x10000) {
    units.push(point);
    return;
  }
  units.push(0xd800 | ((point - 0x10000) >> 10), 0xdc00 | ((point - 0x10000) & 0x3ff));
}

/** Length of the valid UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  const second = bytes[at + 1] as number;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let next = at + 2; next < at + length; next += 1) {
    if (((bytes[next] as number) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function pointAt(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] as number;
  let point = length === 1 ? first : first & (0x7f >> length);
  for (let next = at + 1; next < at + length; next += 1) {
    point = (point << 6) | ((bytes[next] as number) & 0x3f);
  }
  return point;
}
