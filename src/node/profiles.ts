/** The defaults: memberlist's three timing profiles, and Serf's values for everything else. */

import type { ProtocolLimits, ProtocolTiming } from '../core/options.ts';

/** The names of the built-in profiles. */
export type ProfileName = 'lan' | 'wan' | 'local';

const lan: ProtocolTiming = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipToTheDeadMs: 30_000,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullIntervalMs: 30_000,
  streamTimeoutMs: 10_000,
};

const wan: ProtocolTiming = {
  ...lan,
  probeIntervalMs: 5_000,
  probeTimeoutMs: 3_000,
  gossipIntervalMs: 500,
  gossipNodes: 4,
  gossipToTheDeadMs: 60_000,
  suspicionMult: 6,
  pushPullIntervalMs: 60_000,
  streamTimeoutMs: 30_000,
};

const local: ProtocolTiming = {
  ...lan,
  probeTimeoutMs: 200,
  indirectChecks: 1,
  gossipIntervalMs: 100,
  gossipToTheDeadMs: 15_000,
  retransmitMult: 2,
  suspicionMult: 3,
  pushPullIntervalMs: 15_000,
  streamTimeoutMs: 1_000,
};

/**
 * memberlist's profiles: `lan` for machines of one network (the default), `wan` for links with
 * hundreds of milliseconds, `local` for processes of one machine. Every node of a cluster should use
 * the same one: a node that probes faster than the others suspects those that answer more slowly.
 */
export const profiles: Readonly<Record<ProfileName, ProtocolTiming>> = Object.freeze({
  lan: Object.freeze(lan),
  wan: Object.freeze(wan),
  local: Object.freeze(local),
});

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * What is decided beside the timing, with Serf's values; `membersMax` and the reading of a bounded
 * broadcast queue are ours. `packetOverheadBytes` follows from label and keys.
 */
export const defaultLimits: Omit<ProtocolLimits, 'packetOverheadBytes'> = Object.freeze({
  awarenessMax: 8,
  streamProbes: true,
  deadNodeReclaimMs: 0,
  allowedCidrs: [],
  packetBytesMax: 1_400,
  broadcastTimeoutMs: 5_000,
  leavePropagateDelayMs: 1_000,
  reapIntervalMs: 15_000,
  reconnectIntervalMs: 30_000,
  reconnectTimeoutMs: dayMs,
  tombstoneTimeoutMs: dayMs,
  recentIntentTimeoutMs: 5 * 60 * 1_000,
  eventSlots: 512,
  querySlots: 512,
  queryTimeoutMult: 16,
  userEventBytesMax: 512,
  queryBytesMax: 1_024,
  queryResponseBytesMax: 1_024,
  broadcastQueueMax: 4_096,
  membersMax: 100_000,
  coordinates: true,
  nameConflictResolution: true,
  consults: Object.freeze({ merge: false, alive: false, timeoutMs: 5_000, acceptOnTimeout: false }),
});

/** What is asked of the kernel for the UDP socket: 2.5 s of pause at 2,000 full packets fit (measured). */
export const receiveBufferBytesDefault = 4 * 1024 * 1024;
