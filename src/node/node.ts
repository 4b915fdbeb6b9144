/** The way in: options to a running node. */

import type { FolkmootNode } from './api.ts';
import { resolveOptions } from './options.ts';
import type { NodeOptions } from './options.ts';
import { startNode } from './running-node.ts';
import { runtimeStarter } from './start-runtime.ts';

/**
 * Starts a node. When this resolves it listens and knows itself; others it meets by `join`.
 *
 * @throws FolkmootError `ERR_OPTION`, `ERR_TAGS_SIZE`; `ERR_BIND` if it cannot listen where it should;
 *   `ERR_WORKER` if its thread does not start.
 */
export async function createNode(options: NodeOptions = {}): Promise<FolkmootNode> {
  const resolved = resolveOptions(options);
  return startNode(resolved, runtimeStarter(resolved));
}
