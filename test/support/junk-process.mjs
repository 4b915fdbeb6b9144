/**
 * Sends junk to one address, on orders over IPC: `{ id, kind: 'packets' | 'streams', count }`. A process
 * of its own, so that it can run in the network namespace of its target, which junk cannot leave.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { sealPacket } from '../../dist/wire/packet.js';
import { Keyring } from '../../dist/wire/keyring.js';
import { mutant, randomOf, recordedPackets, recordedStreams } from './junk.mjs';

const [ip, portText, seedText, key] = process.argv.slice(2);
const port = Number(portText);
const random = randomOf(Number(seedText));
const packets = recordedPackets();
const streams = recordedStreams();
const packetBytesMax = 1_400;
const streamBytesMax = 65_536;
const streamTimeoutMs = 5_000;
const streamsAtOnce = 20;

// With a key half of the packets are damaged before they are sealed, and half after.
const security = key && { keyring: new Keyring([Buffer.from(key, 'base64')]), label: '' };
const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
// Replies go to whom a packet names; a refusal of one of ours is not an error here.
socket.on('error', () => undefined);

process.on('message', async ({ id, kind, count }) => {
  if (kind === 'packets') await sendPackets(count);
  else await sendStreams(count);
  process.send({ id });
});
process.on('disconnect', () => process.exit(0));
process.send({ id: 0 });

async function sendPackets(count) {
  const sent = Array.from({ length: count }, () => {
    const bytes = packet();
    return new Promise((resolve) => {
      socket.send(bytes, port, ip, resolve);
    });
  });
  await Promise.all(sent);
}

function packet() {
  if (!security) return mutant(packets, random, packetBytesMax);
  const options = { security, compression: false, checksum: false };
  if (random() < 0.5) return sealPacket(mutant(packets, random, packetBytesMax), options);
  return mutant([sealPacket(packets[0], options)], random, packetBytesMax);
}

async function sendStreams(count) {
  for (let left = count; left > 0; left -= streamsAtOnce) {
    const batch = Array.from({ length: Math.min(streamsAtOnce, left) }, () => sendStream());
    await Promise.all(batch);
  }
}

async function sendStream() {
  const stream = connect(port, ip);
  stream.setTimeout(streamTimeoutMs, () => stream.destroy());
  // Being cut off is what junk may expect.
  stream.on('error', () => undefined);
  stream.resume();
  stream.end(mutant(streams, random, streamBytesMax));
  await once(stream, 'close');
}
