/** Before the interop tests: the Go agents are there, and `dist` is what `src` says. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export function setup(): void {
  const run = (script: string): void => {
    execFileSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
  };
  run('scripts/setup.mjs');
  run('scripts/build.mjs');
}
