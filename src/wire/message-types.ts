/** The type bytes in front of messages. */

/** memberlist's. */
export const messageTypes = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  checksum: 12,
  error: 13,
  label: 244,
} as const;

/** Serf's, inside memberlist's user messages. */
export const serfTypes = {
  leaveIntent: 0,
  joinIntent: 1,
  pushPull: 2,
  userEvent: 3,
  query: 4,
  queryResponse: 5,
  conflictResponse: 6,
  keyRequest: 7,
  keyResponse: 8,
  relay: 9,
} as const;

const keyQueryNames: ReadonlySet<string> = new Set([
  '_serf_install-key',
  '_serf_use-key',
  '_serf_remove-key',
]);

/** Whether a query of this name carries a key. Without any payload it ends every Go process. */
export function isKeyQuery(name: string): boolean {
  return keyQueryNames.has(name);
}
