/** The numbers of LZW with 8-bit literals. */

export const lzw = {
  /** Empties the table. */
  clear: 256,
  /** Ends the data. */
  end: 257,
  widthMin: 9,
  widthMax: 12,
  codesMax: 4096,
} as const;
