/** What users are told about a join: which addresses answered, which did not, and what to do about it. */

import type { JoinTarget } from '../core/input.ts';
import type { CommandValue, JoinFailure } from '../core/output.ts';
import { formatAddress, sameAddress } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';
import type { ResolvedTarget, UnresolvedAddress } from './address-resolver.ts';
import type { FailedAddress, JoinResult } from './api.ts';

/** The failure of an address that no host answers to. */
export function unknownAddress({ address, text }: UnresolvedAddress): FailedAddress {
  const reason = 'address-unknown';
  return { address, dialled: undefined, reason, text, remedy: remedies[reason] };
}

/**
 * The engine's report in the words that `join` was called with.
 *
 * @throws FolkmootError `ERR_JOIN` if nobody answered.
 */
export function joinResult(
  value: Extract<CommandValue, { kind: 'join' }>,
  targets: readonly ResolvedTarget[],
  unknown: readonly FailedAddress[],
): JoinResult {
  const failures = [...unknown, ...value.failures.map((failure) => told(failure, targets))];
  const joined = value.joined.map(({ ip, port }) => ({ ip, port }));
  if (joined.length > 0) return { joined, failures };
  throw joinError(failures);
}

/** An `ERR_JOIN` whose message has a line for each address. */
export function joinError(failures: readonly FailedAddress[]): FolkmootError {
  const lines = failures.map((failure) => `  ${describeFailure(failure)}`);
  const message = `None of the addresses could be joined:\n${lines.join('\n')}`;
  return new FolkmootError('ERR_JOIN', message, { failures });
}

/** One failure in one line. */
export function describeFailure({ address, dialled, text, remedy }: FailedAddress): string {
  const at = dialled === undefined ? '' : formatAddress(dialled);
  const where = at === '' || at === address ? address : `${address} (${at})`;
  return `${where}: ${text}. ${remedy}`;
}

function told(failure: JoinFailure, targets: readonly ResolvedTarget[]): FailedAddress {
  const { target, reason, text } = failure;
  const asked = targets.find((candidate) => isSame(candidate.target, target));
  const dialled = { ip: target.ip, port: target.port };
  const address = asked?.address ?? formatAddress(target);
  return { address, dialled, reason, text, remedy: remedies[reason] };
}

function isSame(a: JoinTarget, b: JoinTarget): boolean {
  return sameAddress(a, b) && a.name === b.name;
}

const keyOrLabel = 'Most often the two nodes have different keys (encryptKey) or labels (label).';

const remedies: Readonly<Record<FailedAddress['reason'], string>> = {
  'address-unknown': 'Check the spelling, and whether this machine can resolve the name.',
  refused:
    'Check that the node runs, and that this is its gossip port (7946 by default), not the RPC port.',
  unreachable: 'There is no way there: check the address, the route and the firewall.',
  timeout: 'Check the address, and whether a firewall drops TCP to this port.',
  closed: keyOrLabel,
  undecryptable: keyOrLabel,
  unreadable: `${keyOrLabel} It may also be another service.`,
  'remote-error': 'The other node refused; its log says more.',
  'name-taken':
    'Another node of this name is a member: give this one another name (name), or wait until the other is forgotten.',
  incompatible: 'The two speak no common protocol version: update the older one.',
  vetoed: 'A merge delegate refused; it gave the reason.',
  overload: 'Too much is going on at once: try again.',
};
