/** What `scripts/setup.mjs` found on this machine for the tests: Go agents, and network namespaces. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

/** A Go agent: Debian's own, or the newer one of a later Debian. */
export interface Peer {
  readonly id: 'debian' | 'newer';
  readonly binary: string;
  readonly version: string;
}

interface PeerRecord {
  readonly id: Peer['id'] | 'namespaces';
  /** `same`: there is no newer agent than Debian's, so there is nothing to test twice. */
  readonly status: 'ready' | 'same' | 'unavailable';
  readonly reason?: string;
  readonly binary?: string;
  readonly version?: string;
}

const recordFile = fileURLToPath(new URL('../../.cache/peers.json', import.meta.url));

const records: readonly PeerRecord[] = existsSync(recordFile)
  ? (JSON.parse(readFileSync(recordFile, 'utf8')) as PeerRecord[])
  : [];

/**
 * A group of tests against each Go agent there is to test with, each version once. Those of an agent
 * that could not be had are skipped, by name.
 */
export function describeWithPeers(
  what: string,
  tests: (peer: Peer) => void,
  ids: readonly Peer['id'][] = ['debian', 'newer'],
): void {
  for (const id of ids) {
    const record = records.find((candidate) => candidate.id === id);
    if (record?.status === 'same') continue;
    const { binary = '', version = record?.reason ?? 'not set up' } = record ?? {};
    const options = { concurrent: true, skip: record?.status !== 'ready' };
    describe(`${what}, with the Go agent ${id} (${version})`, options, () => {
      tests({ id, binary, version });
    });
  }
}

/** Whether network namespaces can be made. */
export const hasNamespaces = records.some(
  ({ id, status }) => id === 'namespaces' && status === 'ready',
);
