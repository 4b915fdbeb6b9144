/** Bytes ⇄ messages: what the rest of the house uses of the wire. */

export { codec } from './codec.ts';
export { encodeFilter } from './filters.ts';
export { Keyring } from './keyring.ts';
export type { KeyringChange } from './keyring.ts';
export { limits } from './limits.ts';
export { openPacket, sealPacket } from './packet.ts';
export type { OpenedPacket, SealPacketOptions } from './packet.ts';
export { packetOverhead } from './security.ts';
export type { Security } from './security.ts';
export { sealStream, StreamReader } from './stream.ts';
export type { SealStreamOptions, StreamRead, StreamReaderOptions } from './stream.ts';
