/**
 * `npm start`: installs and builds what is missing or stale, and starts a node. Flags after `--` are
 * the command's: `npm start -- --join 127.0.0.1:7946`.
 */

import { ensureBuilt, ensurePackages } from './packages.mjs';

try {
  ensurePackages();
  ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// In this process, not in a child: a signal is then heard by the one that it is meant for.
process.argv.splice(2, 0, 'start');
await import('../dist/agent/main.js');
