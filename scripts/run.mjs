/** Runs programs for the other scripts: one way to call them, one way to tell what went wrong. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where the project is; every script works from here, wherever it was called from. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program and returns what it wrote; never throws. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  const stdout = result.stdout ?? '';
  const stderr = result.stderr ?? '';
  const ok = result.status === 0;
  return { ok, stdout, stderr, text: ok ? '' : reason(result, stderr || stdout) };
}

/** Runs a program with its output on ours; returns whether it ended well. */
export function show(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

/** What to put before a command that needs root: nothing, `sudo -n`, or `undefined` if there is no way. */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return capture('sudo', ['-n', 'true']).ok ? ['sudo', '-n'] : undefined;
}

/** Runs a program as root; the caller has made sure that there is a way. */
export function captureAsRoot(prefix, command, args, options) {
  const [first, ...rest] = [...prefix, command, ...args];
  return capture(first, rest, options);
}

const reasonBytesMax = 2_000;

function reason(result, output) {
  if (result.error) return result.error.message;
  const how = result.signal ? `ended by ${result.signal}` : `exit ${result.status}`;
  return `${how}: ${output.trim().slice(-reasonBytesMax)}`;
}
