/** Compiles `src` to `dist` if it is not up to date. */

import { ensureBuilt } from './packages.mjs';

ensureBuilt();
