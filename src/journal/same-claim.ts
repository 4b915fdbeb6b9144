/** Whether two records hold the same of what a node says of itself. */

import { sameAddress } from '../model/address.ts';
import { sameBytes } from '../model/bytes.ts';
import type { Member, Tags, Versions } from '../model/member.ts';

/** Same incarnation, address, tags (also as bytes) and versions. */
export function sameClaim(a: Member, b: Member): boolean {
  return (
    a.incarnation === b.incarnation &&
    sameAddress(a, b) &&
    sameBytes(a.meta, b.meta) &&
    sameTags(a.tags, b.tags) &&
    sameVersions(a.versions, b.versions)
  );
}

/** Same keys with the same values, in any order. */
export function sameTags(a: Tags, b: Tags): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

function sameVersions(a: Versions, b: Versions): boolean {
  return (
    a.protocolMin === b.protocolMin &&
    a.protocolMax === b.protocolMax &&
    a.protocolCurrent === b.protocolCurrent &&
    a.delegateMin === b.delegateMin &&
    a.delegateMax === b.delegateMax &&
    a.delegateCurrent === b.delegateCurrent
  );
}
