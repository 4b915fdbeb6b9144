import { describe, expect, it } from 'vitest';
import { ownVersions, versionsFromBytes, versionsToBytes } from '../../../src/model/versions.ts';

describe('the version vector', () => {
  it('is six bytes: memberlist 1 to 5 speaking 2, Serf 2 to 5 speaking 5', () => {
    expect([...versionsToBytes(ownVersions)]).toEqual([1, 5, 2, 2, 5, 5]);
  });

  it('survives the way out and in', () => {
    expect(versionsFromBytes(versionsToBytes(ownVersions))).toEqual(ownVersions);
  });

  it('reads as zeros where it is missing or short', () => {
    const zeros = versionsFromBytes(null);
    expect(Object.values(zeros)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(versionsFromBytes(Uint8Array.of(1, 5, 2))).toEqual({
      ...zeros,
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
    });
  });
});
