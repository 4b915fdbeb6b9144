/** What `scripts/setup.mjs` found on this machine for the tests: Go agents, and network namespaces. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A Go agent that can be started. */
export interface Peer {
  readonly id: 'debian' | 'newer';
  readonly binary: string;
  readonly version: string;
}

type PeerRecord = Partial<Omit<Peer, 'id'>> & {
  readonly id: Peer['id'] | 'namespaces';
  readonly status: 'ready' | 'same' | 'unavailable';
  readonly reason?: string;
};

const recordFile = fileURLToPath(new URL('../../.cache/peers.json', import.meta.url));

const records: readonly PeerRecord[] = existsSync(recordFile)
  ? (JSON.parse(readFileSync(recordFile, 'utf8')) as PeerRecord[])
  : [];

/** The agent of this Debian, if there is one. */
export const debianPeer: Peer | undefined = peer('debian');

/** The agent of a later Debian, if it is there and newer. */
export const newerPeer: Peer | undefined = peer('newer');

/** The agents to test with: each version once. */
export const goPeers: readonly Peer[] = [debianPeer, newerPeer].filter(
  (found) => found !== undefined,
);

/** Whether network namespaces can be made. */
export const hasNamespaces = records.some(
  ({ id, status }) => id === 'namespaces' && status === 'ready',
);

function peer(id: Peer['id']): Peer | undefined {
  const record = records.find((candidate) => candidate.id === id);
  if (record?.status !== 'ready') return undefined;
  const { binary, version } = record;
  if (binary === undefined || version === undefined) return undefined;
  return { id, binary, version };
}
