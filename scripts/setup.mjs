/**
 * Sets up everything that the tests need, and says only what it had to do. What cannot be had is
 * named, and its tests are skipped by name; with CI=true that is an error.
 */

import { ensurePackages } from './packages.mjs';
import { ensurePeers } from './peers.mjs';

ensurePackages();
const missing = ensurePeers().filter(({ status }) => status === 'unavailable');
for (const { id, reason } of missing) {
  console.error(`Not available for the tests: ${id} (${reason}). Its tests will be skipped.`);
}
if (missing.length > 0 && process.env['CI'] === 'true') {
  console.error('With CI=true nothing may be skipped.');
  process.exitCode = 1;
}
