/** The keys of the whole cluster: installed, used, removed and listed on every member. */

import type { KeyOperation, KeyReport } from '../core/keys.ts';
import { FolkmootError } from '../model/error.ts';
import { abortable } from './abort.ts';
import type { WaitOptions } from './api.ts';
import type { Commander } from './pending-commands.ts';
import { parseBoolean, parseKey, refuseUnknown } from './option-values.ts';
import type { KeyInput } from './option-values.ts';
import { parseRelayFactor } from './query-options.ts';

/** Key operations of one node that wait for the one before them. */
export const keyOperationsMax = 64;

export interface KeyOptions extends WaitOptions {
  /** Through how many other members each answer comes as well. 0 to 255, default 0. */
  readonly relayFactor?: number | undefined;
  /**
   * Resolve with the report also if not every member did it, or a list was cut. Default false: then that
   * is `ERR_KEYS`.
   */
  readonly allowPartial?: boolean | undefined;
}

/**
 * Key operations, as `serf keys` has them. Each asks every member and resolves when all have done it;
 * they run one after the other. To rotate: install the new key, use it, remove the old one, each when
 * the one before it has succeeded. Keys are bytes or base64; reports have them in base64.
 *
 * @throws FolkmootError `ERR_KEYS` if a member failed or stayed silent, or its list was cut, with the
 *   {@link KeyReport} as `details`; what was done on other members stays done. `ERR_OPTION` for what is
 *   no key.
 */
export interface NodeKeys {
  /** Adds a key to every keyring, to be accepted. */
  install(key: KeyInput, options?: KeyOptions): Promise<KeyReport>;
  /** Makes an installed key the primary one, with which everything is sent. */
  use(key: KeyInput, options?: KeyOptions): Promise<KeyReport>;
  /** Removes a key other than the primary one. */
  remove(key: KeyInput, options?: KeyOptions): Promise<KeyReport>;
  /** On how many members each key is installed, and primary. */
  list(options?: KeyOptions): Promise<KeyReport>;
}

export class Keys implements NodeKeys {
  readonly #commander: Commander;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(commander: Commander) {
    this.#commander = commander;
  }

  async install(key: KeyInput, options?: KeyOptions): Promise<KeyReport> {
    return this.#run('install', parseKey('key', key), options);
  }

  async use(key: KeyInput, options?: KeyOptions): Promise<KeyReport> {
    return this.#run('use', parseKey('key', key), options);
  }

  async remove(key: KeyInput, options?: KeyOptions): Promise<KeyReport> {
    return this.#run('remove', parseKey('key', key), options);
  }

  async list(options?: KeyOptions): Promise<KeyReport> {
    return this.#run('list', new Uint8Array(0), options);
  }

  async #run(
    operation: KeyOperation,
    key: Uint8Array,
    options: KeyOptions = {},
  ): Promise<KeyReport> {
    refuseUnknown('keys', options, ['relayFactor', 'allowPartial', 'signal']);
    const relayFactor = parseRelayFactor(options.relayFactor);
    const allowPartial = parseBoolean('allowPartial', options.allowPartial ?? false);
    const { signal } = options;
    const turn = this.#inTurn(async () => {
      await this.#commander.admit('change keys', signal);
      return this.#commander.run({ kind: 'keys', operation, key, relayFactor });
    });
    const report = await abortable(turn, signal);
    if (!allowPartial) demandSuccess(report);
    return report;
  }

  /** One at a time: to use a key while it is being installed would fail here and there. */
  async #inTurn(operation: () => Promise<KeyReport>): Promise<KeyReport> {
    if (this.#waiting >= keyOperationsMax) throw tooMany();
    this.#waiting += 1;
    const turn = this.#last.then(operation);
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}

function demandSuccess(report: KeyReport): void {
  const { operation, nodes, errors, silent, truncated } = report;
  if (errors === 0 && silent.length === 0 && truncated.length === 0) return;
  const failed = [
    ...(errors > 0 ? [`${errors} of ${nodes} members reported failure (${reasons(report)})`] : []),
    ...(silent.length > 0 ? [`no answer came from ${some(silent)}`] : []),
    ...(truncated.length > 0 ? [`the list of ${some(truncated)} is cut`] : []),
  ];
  const message = `The key operation ${operation} did not succeed everywhere: ${failed.join('; ')}. It can be repeated as it is.`;
  throw new FolkmootError('ERR_KEYS', message, { ...report });
}

/** Names told in a message; all are in the report. */
const namesTold = 5;

function reasons({ messages, truncated }: KeyReport): string {
  const failed = [...messages].filter(([name]) => !truncated.includes(name));
  return some(failed.map(([name, text]) => `${name}: ${text}`));
}

function some(texts: readonly string[]): string {
  const told = texts.slice(0, namesTold).join(', ');
  return texts.length > namesTold ? `${told} and ${texts.length - namesTold} more` : told;
}

function tooMany(): FolkmootError {
  const message = `${keyOperationsMax} key operations wait for their turn already: await some of them first`;
  return new FolkmootError('ERR_OVERLOAD', message, { keyOperationsMax });
}
