/** What a node tells its user beside member events: user events, queries, and answers to its own. */

import type { Output } from '../core/output.ts';

/** As the engine says it; shapes and units there. */
export type Told = Extract<Output, { kind: 'user-event' | 'query' | 'query-progress' }>;

export type ToldListener = (told: Told) => void;
