/** The timers of an engine, as values. Each carries what it takes to see that it is stale. */

export type Timer =
  /** Time to probe the next member. */
  | { readonly kind: 'probe' }
  /** The direct ack of a probe is overdue: ask others. */
  | { readonly kind: 'probe-timeout'; readonly sequence: number }
  /** The probe is over: judge. */
  | { readonly kind: 'probe-deadline'; readonly sequence: number }
  /** A probe made for somebody else went unanswered: say so. */
  | { readonly kind: 'relay-timeout'; readonly sequence: number }
  /** A suspicion ran out, unless `token` is no longer its. */
  | { readonly kind: 'suspicion'; readonly name: string; readonly token: number }
  | { readonly kind: 'gossip' }
  | { readonly kind: 'push-pull' }
  /** An extra push/pull, because the cluster grows fast. */
  | { readonly kind: 'early-sync' }
  | { readonly kind: 'reap' }
  | { readonly kind: 'reconnect' }
  /** A command waited long enough for its broadcast. */
  | { readonly kind: 'command-deadline'; readonly command: number; readonly stage: string }
  /** The user gave no verdict in time. */
  | { readonly kind: 'consult-deadline'; readonly consult: number }
  /** A query is over. */
  | { readonly kind: 'query-deadline'; readonly query: number };
