/** A keyring that tells when it was changed: an engine that is started again has to go on with its keys. */

import type { KeyringAccess } from '../core/keys.ts';

/** `changed` is called after each attempt, successful or not: a file may have failed after the change. */
export function announcedKeyring(access: KeyringAccess, changed: () => void): KeyringAccess {
  const told = (change: (key: Uint8Array) => string | undefined) => (key: Uint8Array) => {
    const failure = change(key);
    changed();
    return failure;
  };
  return {
    install: told((key) => access.install(key)),
    use: told((key) => access.use(key)),
    remove: told((key) => access.remove(key)),
    list: () => access.list(),
  };
}
