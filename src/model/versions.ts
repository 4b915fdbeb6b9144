/** The version vector that alive messages and push/pulls carry: six bytes. */

import { sameBytes } from './bytes.ts';
import type { Versions } from './member.ts';

/** What Folkmoot understands and speaks: memberlist 1…5 (speaks 2, as Serf always does), Serf 2…5. */
export const ownVersions: Versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCurrent: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCurrent: 5,
};

const ownBytes = write(ownVersions);

/** Reads a vector; what is missing is 0, as memberlist takes it. Our own is always the same object. */
export function versionsFromBytes(bytes: Uint8Array | null): Versions {
  if (sameBytes(bytes, ownBytes)) return ownVersions;
  const at = (index: number): number => bytes?.[index] ?? 0;
  return {
    protocolMin: at(0),
    protocolMax: at(1),
    protocolCurrent: at(2),
    delegateMin: at(3),
    delegateMax: at(4),
    delegateCurrent: at(5),
  };
}

/** Writes a vector. Our own is always the same array: not to be changed. */
export function versionsToBytes(versions: Versions): Uint8Array {
  return versions === ownVersions ? ownBytes : write(versions);
}

function write(versions: Versions): Uint8Array {
  return Uint8Array.of(
    versions.protocolMin,
    versions.protocolMax,
    versions.protocolCurrent,
    versions.delegateMin,
    versions.delegateMax,
    versions.delegateCurrent,
  );
}
