/** Damaged packets and streams without end: recorded ones of real agents, changed at random under a seed. */

import { readFileSync } from 'node:fs';

/** What the recorded messages start from: unlabelled, unencrypted, so that damage reaches the decoders. */
export function recordedPackets() {
  const plain = records('memberlist-packets').filter(({ label, key }) => label === '' && !key);
  const captured = records('capture-plain').filter(({ transport }) => transport === 'udp');
  return [...plain, ...captured, ...records('memberlist-compound')].map(bytesOf);
}

/** The same for what travels on streams. */
export function recordedStreams() {
  const plain = records('memberlist-streams').filter(({ label, key }) => label === '' && !key);
  const captured = records('capture-plain').filter(({ transport }) => transport === 'tcp');
  return [...plain, ...captured].map(bytesOf);
}

/** A generator of numbers in [0, 1) (xorshift32). */
export function randomOf(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** One of `corpus`, damaged in one to four ways. Never longer than `bytesMax`. */
export function mutant(corpus, random, bytesMax) {
  let bytes = Buffer.from(pick(corpus, random));
  for (let left = 1 + below(4, random); left > 0; left--) {
    bytes = pick(mutations, random)(bytes, random, corpus);
    if (bytes.length === 0) bytes = Buffer.of(below(256, random));
  }
  return bytes.subarray(0, bytesMax);
}

const mutations = [flip, overwrite, extreme, truncate, extend, splice, repeat, noise];

/** Lengths and types that sit at the edge of what a byte can say. */
const edges = [0x00, 0x01, 0x7f, 0x80, 0x8f, 0xa0, 0xbf, 0xc0, 0xc6, 0xd9, 0xdb, 0xdd, 0xdf, 0xff];

function flip(bytes, random) {
  bytes[below(bytes.length, random)] ^= 1 << below(8, random);
  return bytes;
}

function overwrite(bytes, random) {
  bytes[below(bytes.length, random)] = below(256, random);
  return bytes;
}

function extreme(bytes, random) {
  const from = below(bytes.length, random);
  const to = Math.min(bytes.length, from + 1 + below(5, random));
  return bytes.fill(pick(edges, random), from, to);
}

function truncate(bytes, random) {
  return bytes.subarray(0, below(bytes.length, random));
}

function extend(bytes, random) {
  return Buffer.concat([bytes, noise(bytes, random)]);
}

function splice(bytes, random, corpus) {
  const other = pick(corpus, random);
  const head = bytes.subarray(0, below(bytes.length, random));
  return Buffer.concat([head, other.subarray(below(other.length, random))]);
}

function repeat(bytes, random) {
  const from = below(bytes.length, random);
  const part = bytes.subarray(from, from + 1 + below(16, random));
  return Buffer.concat([bytes.subarray(0, from), part, part, part, bytes.subarray(from)]);
}

function noise(_, random) {
  return Buffer.from(Array.from({ length: 1 + below(64, random) }, () => below(256, random)));
}

function pick(items, random) {
  return items[below(items.length, random)];
}

function below(limit, random) {
  return Math.floor(random() * limit);
}

function records(name) {
  const file = new URL(`../vectors/${name}.jsonl`, import.meta.url);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function bytesOf({ hex }) {
  return Buffer.from(hex, 'hex');
}
