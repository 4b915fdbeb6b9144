/** Whether a remote state and ours can be one cluster: every node must speak what all understand. */

import { nodeStateNumbers } from '../model/member.ts';
import type { Versions } from '../model/member.ts';
import type { NodeEntry } from '../model/message.ts';
import { ownVersions, versionsFromBytes } from '../model/versions.ts';
import type { Context } from './context.ts';

/** A vector this short says nothing about ranges (memberlist's rule). */
const rangeBytesMin = 5;

interface Speaker {
  readonly name: string;
  readonly versions: Versions;
}

/**
 * memberlist's negotiation: over all alive nodes, remote and local, the highest minimum and the lowest
 * maximum; every node's current version, alive or not, must lie between, for protocol and delegate.
 * @returns why the states do not fit together, or `undefined` if they do
 */
export function versionConflict(ctx: Context, remote: readonly NodeEntry[]): string | undefined {
  // Nearly all speak as we do, and this node itself is always one of them: only others are looked at.
  const speakers: Speaker[] = [{ name: ctx.options.name, versions: ownVersions }];
  const ranges: Versions[] = [ownVersions];
  for (const { name, state, versions: bytes } of remote) {
    const versions = versionsFromBytes(bytes);
    if (versions === ownVersions) continue;
    speakers.push({ name, versions });
    if (state === nodeStateNumbers.alive && (bytes?.length ?? 0) >= rangeBytesMin) {
      ranges.push(versions);
    }
  }
  for (const { name, nodeState, versions } of ctx.members.values()) {
    if (versions === ownVersions || nodeState === 'unknown') continue;
    speakers.push({ name, versions });
    if (nodeState === 'alive') ranges.push(versions);
  }
  return firstOutside(speakers, rangeOf(ranges));
}

interface Range {
  readonly protocol: readonly [min: number, max: number];
  readonly delegate: readonly [min: number, max: number];
}

function rangeOf(ranges: readonly Versions[]): Range {
  let [protocolMin, protocolMax, delegateMin, delegateMax] = [0, 255, 0, 255];
  for (const versions of ranges) {
    protocolMin = Math.max(protocolMin, versions.protocolMin);
    protocolMax = Math.min(protocolMax, versions.protocolMax);
    delegateMin = Math.max(delegateMin, versions.delegateMin);
    delegateMax = Math.min(delegateMax, versions.delegateMax);
  }
  return { protocol: [protocolMin, protocolMax], delegate: [delegateMin, delegateMax] };
}

function firstOutside(speakers: readonly Speaker[], range: Range): string | undefined {
  for (const { name, versions } of speakers) {
    const { protocolCurrent, delegateCurrent } = versions;
    if (!isWithin(protocolCurrent, range.protocol)) {
      return `node ${name} speaks protocol ${protocolCurrent}, outside ${range.protocol.join('…')}`;
    }
    if (!isWithin(delegateCurrent, range.delegate)) {
      return `node ${name} speaks Serf protocol ${delegateCurrent}, outside ${range.delegate.join('…')}`;
    }
  }
  return undefined;
}

function isWithin(version: number, [min, max]: readonly [number, number]): boolean {
  return version >= min && version <= max;
}
