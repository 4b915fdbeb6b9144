/** Byte strings: comparing them. */

/** Whether two byte strings are equal; nil and empty count as the same. */
export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  const length = a?.length ?? 0;
  if (length !== (b?.length ?? 0)) return false;
  for (let index = 0; index < length; index += 1) {
    if (a?.[index] !== b?.[index]) return false;
  }
  return true;
}

export const noBytes: Uint8Array = new Uint8Array(0);
