/** The names of the cluster's own queries. */

const prefix = '_serf_';

/** Names of internal queries. */
export const internalQueries = {
  ping: `${prefix}ping`,
  conflict: `${prefix}conflict`,
  installKey: `${prefix}install-key`,
  useKey: `${prefix}use-key`,
  removeKey: `${prefix}remove-key`,
  listKeys: `${prefix}list-keys`,
} as const;

/** Whether a query name is the cluster's own. */
export function isInternalQuery(name: string): boolean {
  return name.startsWith(prefix);
}
