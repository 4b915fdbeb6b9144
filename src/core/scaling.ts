/** How the protocol's times and counts grow with the cluster: memberlist's and Serf's formulas. */

/** How often a broadcast is sent: `mult × ceil(log10(n + 1))`, `n` nodes known. */
export function retransmitLimit(mult: number, nodes: number): number {
  return mult * Math.ceil(Math.log10(nodes + 1));
}

/** Shortest suspicion in ms: `mult × max(1, log10 n) × interval`, the log cut to three decimals. */
export function suspicionTimeoutMs(mult: number, nodes: number, intervalMs: number): number {
  const scale = Math.max(1, Math.log10(Math.max(1, nodes)));
  return Math.floor((mult * Math.floor(scale * 1000) * intervalMs) / 1000);
}

/**
 * How long a suspicion lasts with `confirmations` of `wanted` (Lifeguard): from `maxMs` down to `minMs`
 * along a logarithm, so that the first confirmations count most.
 */
export function suspicionLengthMs(
  confirmations: number,
  wanted: number,
  range: { readonly minMs: number; readonly maxMs: number },
): number {
  if (wanted < 1) return range.minMs;
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  const length = Math.floor(range.maxMs - share * (range.maxMs - range.minMs));
  return Math.max(length, range.minMs);
}

/** Above this many nodes push/pulls become rarer. */
const pushPullScaleThreshold = 32;

/** Push/pull interval: unchanged to 32 nodes, doubled to 64, tripled to 128, … */
export function pushPullIntervalMs(intervalMs: number, nodes: number): number {
  if (nodes <= pushPullScaleThreshold) return intervalMs;
  const steps = Math.ceil(Math.log2(nodes) - Math.log2(pushPullScaleThreshold));
  return intervalMs * (steps + 1);
}

/** Default lifetime of a query: `gossipInterval × mult × ceil(log10(n + 1))`. */
export function queryTimeoutMs(gossipIntervalMs: number, mult: number, nodes: number): number {
  return gossipIntervalMs * mult * Math.ceil(Math.log10(nodes + 1));
}
