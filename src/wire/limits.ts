/** Every bound of the codec, by name: what a stranger's bytes can make us hold or do. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

export const limits = {
  /** A UDP payload cannot be larger; memberlist receives into as much. */
  packetBytesMax: 64 * kibibyte,
  /** All that one packet may unfold to. Go writes packets of 1,400 bytes; LZW packs up to ~2,000 : 1. */
  packetDecompressedBytesMax: mebibyte,
  /** Compounds and compressions inside each other. Go writes at most compress( compound( … ) ). */
  packetNestingMax: 8,
  /** Messages, and dropped parts, of one packet. Go's own queues keep 1,024 of each kind. */
  packetPartsMax: 4096,
  /** Parts of one compound: its count is one byte. */
  compoundPartsMax: 255,
  /** One part of a compound: its length is two bytes. */
  compoundPartBytesMax: 65_535,
  /** The label, whose length is one byte. */
  labelBytesMax: 255,
  /** An encrypted stream message, as memberlist has it. */
  streamEncryptedBytesMax: 20 * mebibyte,
  /** The application's part of a push/pull, and a user message on a stream. */
  streamUserBytesMax: 20 * mebibyte,
  /** A stream message as it comes (not encrypted), or what it unfolds to. */
  streamBytesMax: 40 * mebibyte,
  /** Nodes in one push/pull. */
  streamNodesMax: 1_048_576,
  /** A regular expression in a query's filter. Go sends queries of 1,024 bytes at most. */
  filterExpressionLengthMax: 1024,
  /**
   * Steps of its program: larger ones match nothing. One of this size takes tens of milliseconds on a
   * tag of 512 bytes; those that people write have less than a hundred.
   */
  filterProgramMax: 2000,
  /** What a filter's expression is tried on; longer tag values are cut. Tags are 512 bytes in all. */
  filterSubjectLengthMax: 512,
  /** Compiled expressions that are kept for the next query. */
  filterCacheMax: 64,
  /** Scratch space that an encoder keeps between messages; more is given back. */
  scratchBytesMax: 64 * kibibyte,
} as const;
