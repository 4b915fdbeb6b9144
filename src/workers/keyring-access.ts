/** The keyring of a node as key queries change it: in memory at once, and in its file if it has one. */

import type { KeyringAccess } from '../core/keys.ts';
import type { Keyring, KeyringChange } from '../wire/keyring.ts';
import { saveKeyringFile } from './keyring-file.ts';

/** Serf's words, which its operators may look for. */
const reasons = {
  'bad-size': 'key size must be 16, 24 or 32 bytes',
  'not-installed': 'requested key is not in the keyring',
  'is-primary': 'removing the primary key is not allowed',
} as const;

/**
 * Changes the keyring, then writes the file, if a path is given. A file that cannot be written is
 * reported as a failure, but the change stays in force, as in Serf: others may use the key already.
 */
export function keyringAccess(keyring: Keyring, path?: string): KeyringAccess {
  const changed = (change: KeyringChange): string | undefined => {
    if (!change.ok) return reasons[change.reason];
    return path === undefined ? undefined : failureOfSaving(path, keyring.all);
  };
  return {
    install: (key) => changed(keyring.add(key)),
    use: (key) => changed(keyring.use(key)),
    remove: (key) => changed(keyring.remove(key)),
    list: () => keyring.all.map((key) => Buffer.from(key).toString('base64')),
  };
}

function failureOfSaving(path: string, keys: readonly Uint8Array[]): string | undefined {
  try {
    saveKeyringFile(path, keys);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
